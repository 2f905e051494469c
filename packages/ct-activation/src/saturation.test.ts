import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ctu } from './ctu.js';
import { phi } from './math.js';
import { belowSaturation } from './saturation.js';

beforeAll(() => tf.setBackend('cpu'));

const betas = [0.01, 0.1, 0.5, 0.8, 0.95, 1 - 1e-5, 1];
const clipped = (beta: number, z: number[], maxValue = 6): tf.Tensor => ctu(tf.tensor2d([z]), beta, 0.5, { maxValue });

describe('a clipped unit, composed', () => {
  it.each(betas)('of beta %d is its equation to 2e-5 of m, however large z is', (beta) => {
    const z = [-1e30, -1e6, -20, -1, 0, 1, 5, 7, 20, 1e3, 1e6, 1e9, 1e30];
    const y = clipped(beta, z).dataSync();
    for (const [i, value] of z.entries()) {
      // In float64 the difference holds up to 1e9; beyond, the unit is 0 or m.
      const expected = Math.abs(value) > 1e9 ? (value < 0 ? 0 : 6) : phi(value, beta, 0.5) - phi(value - 6, beta, 0.5);
      expect(Math.abs(y[i]! - expected), `z = ${value}`).toBeLessThan(6 * 2e-5);
    }
  });

  it('is m at infinity and 0 at minus infinity for beta = 1, and NaN at NaN', () => {
    expect([...clipped(1, [Infinity, -Infinity, NaN]).dataSync()]).toEqual([6, 0, NaN]);
  });

  it.each(betas)('of beta %d has the gradients of its equation to 1e-4, and none where it is flat', (beta) => {
    const slope = (z: number): number => {
      const h = 1e-4;
      const u = (x: number): number => phi(x, beta, 0.5) - phi(x - 6, beta, 0.5);
      return (u(z + h) - u(z - h)) / (2 * h);
    };
    const z = [-1, 0.5, 3, 5.5, 7, 50, 1e4];
    const dz = tf
      .grad((x: tf.Tensor) => ctu(x, beta, 0.5, { maxValue: 6 }))(tf.tensor2d([z]))
      .dataSync();
    for (const [i, value] of z.entries()) expect(Math.abs(dz[i]! - slope(value)), `z = ${value}`).toBeLessThan(1e-4);
  });
});

it('belowSaturation ends where m − u is below 1e-8 of m', () => {
  const saturation = (beta: number, maxValue: number): number =>
    tf.tidy(() => belowSaturation(tf.scalar(3e38), tf.scalar(beta), maxValue).dataSync()[0]!);
  for (const beta of betas) {
    const z = saturation(beta, 6);
    expect(6 - (phi(z, beta, 1) - phi(z - 6, beta, 1))).toBeLessThan(6e-8);
  }
  expect(saturation(0, 6)).toBeGreaterThan(1e31);
});
