import '@tensorflow/tfjs-backend-cpu';
import type { Progress } from '@curvature-tuning/checks';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { tuneLora } from './tuneLora.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

function network(): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed: 3 });
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'one', units: 6, inputShape: [4], activation: 'relu', kernelInitializer }),
      tf.layers.dense({ name: 'two', units: 5, activation: 'relu', kernelInitializer }),
      tf.layers.dense({ name: 'head', units: 7, kernelInitializer }),
    ],
  });
}

/** Two classes that no linear function of the four numbers tells apart. */
function examples(count: number, seed: number): { images: tf.Tensor; labels: number[] } {
  const images = tf.randomNormal([count, 4], 0, 1, 'float32', seed);
  const values = images.dataSync();
  return { images, labels: Array.from({ length: count }, (_, i) => Number(values[4 * i]! * values[4 * i + 1]! > 0)) };
}

const weightsOf = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

it('trains A, B and a new head, which is what it counts, and never a kernel', async () => {
  const [model, train, validation] = [network(), examples(24, 1), examples(16, 2)];
  const untouched = weightsOf(model);
  const before = tf.memory().numTensors;
  const result = await tuneLora(model, train, validation, { rank: 2, epochs: 3, batchSize: 8 });
  expect(result.sites.map(({ layer }) => layer)).toEqual(['one', 'two']);
  // Rank 2: (4 + 6) and (6 + 5) rows; the head has 5 features and 2 classes.
  expect(result.parameters).toEqual({ withoutHead: 2 * (4 + 6) + 2 * (6 + 5), total: 42 + 5 * 2 + 2 });
  const { classifier } = result;
  expect(classifier.outputs[0]!.shape).toEqual([null, 2]);
  for (const [i, name] of ['one', 'two'].entries()) {
    const kernel = classifier.getLayer(name).weights.find(({ originalName }) => originalName.endsWith('kernel'))!;
    expect([...kernel.read().dataSync()]).toEqual(untouched[2 * i]);
  }
  expect(result.history).toHaveLength(3);
  expect(weightsOf(model)).toEqual(untouched);
  result.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('lowers the loss by its factors, not by the head alone, and tells how far it is', async () => {
  const [model, train, validation] = [network(), examples(32, 1), examples(16, 2)];
  const phases = new Set<string>();
  const onProgress = ({ phase }: Progress): void => void phases.add(phase);
  const lossAt = async (own: number): Promise<number> => {
    const options = { epochs: 15, batchSize: 8, seed: 1, learningRate: { own }, onProgress };
    const { history, dispose } = await tuneLora(model, train, validation, options);
    dispose();
    return history.at(-1)!.loss;
  };
  expect(await lossAt(3e-2)).toBeLessThan(0.9 * (await lossAt(1e-9)));
  expect(phases.has('train')).toBe(true);
});

it('speaks of itself in errors, and leaves nothing when it is stopped', async () => {
  const [model, train, validation] = [network(), examples(8, 1), examples(8, 2)];
  const before = tf.memory().numTensors;
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(tuneLora(model, train, validation, { signal })).rejects.toThrow('enough');
  await expect(tuneLora(model, train, { ...validation, labels: [0] })).rejects.toThrow(/^tuneLora: /);
  await expect(tuneLora(model, train, validation, { include: 'nowhere' })).rejects.toThrow(/nowhere/);
  expect(tf.memory().numTensors).toBe(before);
});
