import '@tensorflow/tfjs-backend-cpu';
import './cpu.js';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { ctu, ctuKernels } from '../index.js';
import { phi } from '../math.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('is registered, and is phi in float64 to 1e-7 of what is larger, x or 1', () => {
  expect(ctuKernels()['cpu']).toBe('fused');
  const xs = Array.from({ length: 201 }, (_, i) => (i - 100) / 7);
  for (const beta of [0, 0.3, 0.9, 1])
    for (const coeff of [0, 0.5, 1]) {
      const ys = tf.tidy(() => ctu(tf.tensor1d(xs), beta, coeff).dataSync());
      xs.forEach((x, i) => {
        const exact = phi(Math.fround(x), Math.fround(beta), Math.fround(coeff));
        expect(Math.abs(ys[i]! - exact)).toBeLessThan(1.2e-7 * Math.max(1, Math.abs(exact)));
      });
    }
});

it('sums the gradients of parameters over their periods in float64: a million equal terms are exact to 1e-7', () => {
  const count = 2 ** 20;
  const one = tf.tidy(() => {
    const [, dbeta] = tf.grads((x, b) => tf.sum(ctu(x!, b!, 0.5)))([tf.tensor1d([1.3]), tf.tensor1d([0.7])]);
    return dbeta!.dataSync()[0]!;
  });
  const many = tf.tidy(() => {
    const [, dbeta] = tf.grads((x, b) => tf.sum(ctu(x!, b!, 0.5)))([tf.fill([count, 1], 1.3), tf.tensor1d([0.7])]);
    return dbeta!.dataSync()[0]!;
  });
  expect(Math.abs(many / (count * one) - 1)).toBeLessThan(1e-7);
});

it('has parameters of different lengths, each repeated along x', () => {
  const x = tf.tensor2d([
    [-1, 0.5],
    [2, -0.25],
  ]);
  const [beta, coeff] = [[0.2, 0.8], [0.4]];
  const ys = tf.tidy(() => ctu(x, tf.tensor1d(beta), tf.tensor1d(coeff)).dataSync());
  x.dataSync().forEach((value, i) => {
    const exact = phi(value, Math.fround(beta[i % 2]!), Math.fround(coeff[0]!));
    expect(Math.abs(ys[i]! - exact)).toBeLessThan(1e-6);
  });
});
