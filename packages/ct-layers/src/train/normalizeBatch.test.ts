import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { BatchStatistics } from './normalizeBatch.js';
import { normalizeBatch } from './normalizeBatch.js';

beforeAll(() => tf.setBackend('cpu'));

const EPSILON = 1e-3;
const x = tf.tensor2d([
  [1, 10],
  [3, 30],
]);
const run = (
  input: tf.Tensor,
  [gamma, beta]: [tf.Tensor | null, tf.Tensor | null],
  frozen: boolean,
): { y: tf.Tensor; statistics: BatchStatistics } => {
  let statistics!: BatchStatistics;
  const y = normalizeBatch(input, gamma, beta, EPSILON, frozen, ({ mean, variance, count }) => {
    statistics = { mean: tf.keep(mean), variance: tf.keep(variance), count };
  });
  return { y, statistics };
};
const close = (got: tf.Tensor, expected: readonly number[], digits = 5): void =>
  expected.forEach((value, i) => expect(got.dataSync()[i], `value ${i}`).toBeCloseTo(value, digits));

it('gives each channel mean 0 and variance v / (v + epsilon), and says what it found', () => {
  const { y, statistics } = run(x, [null, null], false);
  const scaled = (v: number): number => Math.sqrt(v) / Math.sqrt(v + EPSILON);
  close(y, [-scaled(1), -scaled(100), scaled(1), scaled(100)]);
  close(statistics.mean, [2, 20]);
  close(statistics.variance, [1, 100]);
  expect(statistics.count).toBe(2);
});

it('takes statistics over all axes but the last', () => {
  const { statistics } = run(tf.reshape(x, [1, 2, 1, 2]), [null, null], false);
  expect(statistics.count).toBe(2);
  expect(statistics.mean.shape).toEqual([2]);
});

it('scales and shifts alike, whether gamma and beta are frozen or not', () => {
  const parameters: [tf.Tensor, tf.Tensor] = [tf.tensor1d([2, 3]), tf.tensor1d([-1, 5])];
  close(run(x, parameters, true).y, [...run(x, parameters, false).y.dataSync()]);
});

it.each([true, false])('its gradient in x equals differences to 1e-2 of their size, frozen: %s', (frozen) => {
  const input = tf.tensor2d([
    [0.3, -1],
    [1.2, 0.4],
    [-0.7, 2],
  ]);
  const dy = tf.tensor2d([
    [1, -2],
    [0.5, 0.3],
    [-1, 0.7],
  ]);
  const parameters: [tf.Tensor, tf.Tensor] = [tf.tensor1d([2, 0.5]), tf.tensor1d([-1, 5])];
  const f = (v: tf.Tensor): tf.Tensor => tf.sum(tf.mul(run(v, parameters, frozen).y, dy));
  const gradient = tf.grad(f)(input).dataSync();
  const h = 1e-2;
  input.dataSync().forEach((_, i) => {
    const at = (by: number): number =>
      f(
        tf.tensor2d(
          [...input.dataSync()].map((v, k) => (k === i ? v + by : v)),
          [3, 2],
        ),
      ).dataSync()[0]!;
    expect(Math.abs(gradient[i]! - (at(h) - at(-h)) / (2 * h))).toBeLessThan(1e-2);
  });
});

it('frozen parameters get no gradient, others theirs', () => {
  const gamma = tf.tensor1d([2, 3]);
  const f = (g: tf.Tensor): tf.Tensor => tf.sum(run(x, [g, null], false).y);
  // The sum of a normalised channel is 0.
  close(tf.grad(f)(gamma), [0, 0], 4);
  expect(() => tf.grad((g: tf.Tensor) => tf.sum(run(x, [g, null], true).y))(gamma)).toThrow(/Cannot compute gradient/);
});
