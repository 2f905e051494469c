import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import '../cpu.js';

beforeAll(() => tf.setBackend('cpu'));

const kernel = (name: string, inputs: object, attrs: object): Float32Array[] =>
  (tf.engine().runKernel(name, inputs as never, attrs as never) as unknown as tf.Tensor[]).map((t) =>
    t.dataSync<'float32'>(),
  );
const x = tf.tensor2d([1, 10, 3, 30], [2, 2]);
const [scale, offset] = [tf.tensor1d([2, 3]), tf.tensor1d([-1, 5])];

it('gives y and [mean, biased variance], and a channel of two values becomes offset ∓ scale but for epsilon', () => {
  const [y, statistics] = kernel('NormalizeBatch', { x, scale, offset }, { epsilon: 1e-12 });
  expect([...statistics!]).toEqual([2, 20, 1, 100]);
  [-3, 2, 1, 8].forEach((value, i) => expect(y![i]).toBeCloseTo(value, 5));
});

it.each([
  [false, 1],
  [true, 3],
] as const)('ofScale %s: %i tensors, of which dx is 0 for two values a channel', (ofScale, count) => {
  const statistics = tf.tensor2d([2, 20, 1, 100], [2, 2]);
  const dy = tf.tensor2d([1, 2, 3, -4], [2, 2]);
  const got = kernel(
    'NormalizeBatchGrad',
    { dy, x, statistics, scale, offset },
    { epsilon: 1e-12, ofScale, ofUnit: false },
  );
  expect(got).toHaveLength(count);
  got[0]!.forEach((value) => expect(value).toBeCloseTo(0, 5));
  // Σ g·h with h = ∓1, and Σ g.
  if (ofScale)
    expect(got.slice(1).map((values) => [...values].map(Math.round))).toEqual([
      [2, -6],
      [4, -2],
    ]);
});
