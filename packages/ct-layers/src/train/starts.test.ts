import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainingData } from '../examples/trainingData.js';
import type { StartParts } from './starts.js';
import { Starts } from './starts.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Numbers that tell two classes apart by their sign; `scale` is what the network has to learn. */
async function parts(images: number[]): Promise<{ given: StartParts; scale: tf.Variable; heard: number[] }> {
  const input = tf.input({ shape: [1] });
  const layer = tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones' });
  const extractor = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  const scale = (layer.weights[0] as unknown as { val: tf.Variable }).val;
  const examples = {
    images: tf.tensor2d(images, [images.length, 1]),
    labels: tf.tensor1d(
      images.map((x) => Number(x > 0)),
      'int32',
    ),
  };
  const data = await trainingData(
    'test',
    examples,
    { shape: [null, 1], dtypes: ['float32'] },
    {
      batchSize: 2,
      seed: 1,
      classes: 2,
    },
  );
  const heard: number[] = [];
  const given: StartParts = {
    caller: 'test',
    extractor,
    train: data,
    validation: data,
    classes: 2,
    setHead: () => undefined,
    variables: [scale],
    onBatch: (batches = 0) => void heard.push(batches),
  };
  return { given, scale, heard };
}

describe('Starts', () => {
  it('validates each, keeps the best, and sets the network back to it unless training came to better', async () => {
    const { given, scale, heard } = await parts([-2, -1, 1, 2, 3]);
    const starts = new Starts(given);
    await starts.add('given');
    scale.assign(tf.tensor2d([[0]]));
    await starts.add('calibrated');
    const [first, second] = starts.tried;
    expect(starts.tried.map(({ state }) => state)).toEqual(['given', 'calibrated']);
    expect(first!.validationAccuracy).toBe(1);
    // All features alike: as many are right as the larger class has.
    expect(second!.validationAccuracy).toBeCloseTo(3 / 5, 12);
    // Three batches of each split, and a head, each time.
    expect(heard.reduce((sum, batches) => sum + batches, 0)).toBe(2 * 7);

    expect(
      starts.restoreIfBetter({ validationAccuracy: 1, validationLoss: first!.validationLoss / 2 }),
    ).toBeUndefined();
    expect(scale.dataSync()[0]).toBe(0);
    expect(starts.restoreIfBetter({ validationAccuracy: 0.9, validationLoss: 0 })).toBe(first);
    expect(scale.dataSync()[0]).toBe(1);
    starts.dispose();
    expect(starts.restoreIfBetter({ validationAccuracy: 0, validationLoss: 9 })).toBeUndefined();
  });

  it('counts examples from the first of the split where features are not finite', async () => {
    const { given } = await parts([-2, -1, 1, 2, 3, 3e38]);
    const two = given.extractor.layers[1]!;
    two.setWeights([tf.tensor2d([[2]])]);
    const before = tf.memory().numTensors;
    await expect(new Starts(given).add('given')).rejects.toThrow(
      'test: train: the features of example 5 must be finite, got Infinity',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
