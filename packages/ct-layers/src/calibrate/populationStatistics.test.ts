import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { normalizationsOf } from './normalizations.js';
import { calibrationBatch, estimateStatistics, shuffledBatches } from './populationStatistics.js';

const rows = (count: number): tf.Tensor2D => tf.tensor2d(Array.from({ length: count }, (_, i) => [i]));
const sizesOf = (count: number, most: number, limit?: number): number[] =>
  [...shuffledBatches([rows(count)], most, 1, limit)].map(([batch]) => batch!.shape[0]!);

it('batches are of one size but for one image, hold every image once, and none beyond the limit', () => {
  expect(sizesOf(65, 64)).toEqual([32, 33]);
  expect(sizesOf(9, 4)).toEqual([3, 3, 3]);
  expect(sizesOf(3, 64)).toEqual([3]);
  expect(sizesOf(100, 10, 20)).toEqual([10, 10]);
  const batches = [...shuffledBatches([rows(9), rows(9)], 4, 1)];
  const seen = batches.map(([first, second]) => {
    expect(first!.dataSync()).toEqual(second!.dataSync());
    return [...first!.dataSync()];
  });
  expect(seen.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(seen.flat()).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

it('a batch has 64 images, or fewer where they are large', () => {
  const model = (size: number): tf.LayersModel =>
    tf.sequential({ layers: [tf.layers.conv2d({ filters: 8, kernelSize: 1, inputShape: [size, size, 3] })] });
  expect(calibrationBatch(model(8), [{ shape: [null, 8, 8, 3] }])).toBe(64);
  const large = calibrationBatch(model(1024), [{ shape: [null, 1024, 1024, 3] }]);
  expect(large >= 1 && large < 64).toBe(true);
});

it('a normalisation that is called twice has the statistics of both, and batches are disposed of', async () => {
  const norm = tf.layers.batchNormalization({ name: 'twice' });
  const inputs = [tf.input({ shape: [1] }), tf.input({ shape: [1] })];
  const outputs = tf.layers
    .add()
    .apply(inputs.map((input) => norm.apply(input) as tf.SymbolicTensor)) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs });
  const [a, b] = [tf.tensor2d([[0], [2]]), tf.tensor2d([[10], [12]])];
  const before = tf.memory().numTensors;
  await estimateStatistics('test', model, [[a.clone(), b.clone()]]);
  expect(tf.memory().numTensors).toBe(before);
  const [{ movingMean, movingVariance }] = normalizationsOf(model) as [ReturnType<typeof normalizationsOf>[0]];
  // Of 0, 2, 10 and 12.
  expect([movingMean.read().dataSync()[0], movingVariance.read().dataSync()[0]]).toEqual([6, 26]);
});
