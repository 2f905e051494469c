import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { fitClassifier, fitParameters } from '../../training.js';
import type { Trainee } from '../../training.js';
import { tune } from '../../index.js';
import { evenParts, imagesInTraining, TRAINING_BYTES } from './trainingMemory.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

const net = (seed = 1): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        inputShape: [6, 6, 1],
        kernelInitializer: tf.initializers.glorotUniform({ seed }),
      }),
      tf.layers.batchNormalization({}),
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotUniform({ seed }) }),
    ],
  });
const examples = (count: number): { images: tf.Tensor; labels: tf.Tensor1D } => ({
  images: tf.randomNormal([count, 6, 6, 1], 0, 1, 'float32', 3),
  labels: tf.tensor1d(
    Array.from({ length: count }, (_, i) => i % 2),
    'int32',
  ),
});

/** x·w, n times over, each kept for its gradient. */
function chain(length: number): Trainee & { w: tf.Variable; forward: (x: tf.Tensor) => tf.Tensor2D } {
  const w = tf.tidy(() => tf.variable(tf.ones([1000, 2])));
  const forward = (x: tf.Tensor): tf.Tensor2D => {
    let y = x;
    for (let i = 0; i < length; i++) y = tf.square(y);
    return tf.matMul(y as tf.Tensor2D, w);
  };
  return {
    forward,
    inputShape: [null, 1000],
    classes: 2,
    groups: [{ name: 'w', learningRate: 1, parameters: [w] }],
    w,
  };
}

it('is the budget over what each image takes in the forward pass', () => {
  for (const length of [100, 1000]) {
    const { w, ...trainee } = chain(length);
    const bytes = TRAINING_BYTES / imagesInTraining(trainee, [null, 1000], 'float32');
    expect(bytes / (4000 * length)).toBeGreaterThan(1);
    expect(bytes / (4000 * length)).toBeLessThan(2.1);
    w.dispose();
  }
});

it('does not count for each image what there is once', () => {
  const { w, ...trainee } = chain(100);
  const once = tf.tidy(() => tf.ones([1000, 1000]));
  const forward = (x: tf.Tensor): tf.Tensor2D => {
    tf.mul(once, 2);
    return trainee.forward(x);
  };
  const [without, beside] = [trainee, { ...trainee, forward }].map((one) =>
    imagesInTraining(one, [null, 1000], 'float32'),
  ) as [number, number];
  // A product of 4 MB, and what is kept of its factor.
  const fewer = Math.round((8e6 * without) / TRAINING_BYTES);
  expect(Math.abs(without - beside - fewer)).toBeLessThanOrEqual(1);
  tf.dispose([w, once]);
});

it.each([
  [16, 10, 8],
  [8, 17, 8],
  [20, 7, 7],
  [7, 3, 3],
  [5, 1, 1],
  [8, Infinity, 8],
])('parts a batch of %i, of which at most %i fit, evenly: %i', (batch, most, expected) => {
  expect(evenParts(batch, most)).toBe(expected);
});

it('is no bound where the size of an image is open, or one cannot be run', () => {
  const { w, ...trainee } = chain(1);
  expect(imagesInTraining(trainee, [null, null], 'float32')).toBe(Infinity);
  expect(imagesInTraining(trainee, [null, 7], 'float32')).toBe(Infinity);
  w.dispose();
});

it('leaves statistics and weights as they are', async () => {
  const [model, copy] = [net(), net()];
  const data = examples(8);
  const results = await Promise.all(
    [{ microBatchSize: 8 }, {}].map((options, i) =>
      fitClassifier([model, copy][i]!, data, data, { ...options, epochs: 1, batchSize: 8 }),
    ),
  );
  const [a, b] = results.map(({ classifier }) => classifier.getWeights().map((w) => [...w.dataSync()]));
  expect(b).toEqual(a);
  results.forEach((result) => result.dispose());
  tf.dispose(data);
});

it.each([1, 3, 7])('%i images at a time give the same run as the whole batch, to 1e-5', async (microBatchSize) => {
  const data = examples(20);
  const run = async (options: object): Promise<number[]> => {
    const model = net();
    const result = await tune(model, data, data, { epochs: 3, batchSize: 8, batchNorm: 'frozen', ...options });
    const values = [
      ...result.history.flatMap(({ loss, accuracy, validationLoss }) => [loss, accuracy, validationLoss]),
      ...result.classifier.getWeights().flatMap((w) => [...w.dataSync()]),
    ];
    result.dispose();
    model.dispose();
    return values;
  };
  const whole = await run({});
  (await run({ microBatchSize })).forEach((value, i) => expect(Math.abs(value - whole[i]!)).toBeLessThan(1e-5));
  tf.dispose(data);
});

it('a loss that is not finite is that of the images that have it, and nothing is changed', async () => {
  const { w, ...trainee } = chain(1);
  const images = tf.tidy(() => tf.concat([tf.ones([3, 1000]), tf.fill([1, 1000], 1e30)]) as tf.Tensor2D);
  const data = { images, labels: tf.tensor1d([0, 1, 0, 1], 'int32') };
  await expect(fitParameters(trainee, data, data, { epochs: 1, batchSize: 4, microBatchSize: 2 })).rejects.toThrow(
    'the loss became NaN in epoch 0, step 0',
  );
  expect(new Set(w.dataSync())).toEqual(new Set([1]));
  tf.dispose([data, w]);
});
