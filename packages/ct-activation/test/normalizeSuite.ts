/** What `normalizeBatch` must do, fused or composed, on every host: tests of the backend that is current. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { measureNormalize, normalizeCases } from '../src/conformance.js';
import type { NormalizeBatchGradients } from '../src/index.js';
import { normalizeBatch } from '../src/index.js';

/** Milliseconds: each case compiles its shaders. */
const SLOW = 60_000;

const CHOICES: NormalizeBatchGradients[] = [
  { scale: false, unit: false },
  { scale: true, unit: false },
  { scale: false, unit: true },
];

/** The tests of one backend, which must be current when they run; `bound` is in units of the cases' condition. */
export function normalizeSuite({ bound, calls = 200 }: { bound: number; calls?: number }): void {
  for (const one of normalizeCases())
    it(
      `normalizeBatch agrees with float64 to ${bound.toExponential()} of its condition: ${one.name}`,
      async () => {
        for (const { quantity, error } of await measureNormalize(one)) expect(error, quantity).toBeLessThan(bound);
      },
      SLOW,
    );

  for (const hasUnit of [true, false])
    it(`gives the same gradients whichever are wanted, ${hasUnit ? 'with' : 'without'} a unit`, async () => {
      const all = await gradientsOf({ scale: true, unit: true }, hasUnit);
      expect(Object.keys(all)).toHaveLength(hasUnit ? 5 : 3);
      for (const wanted of CHOICES) {
        const some = await gradientsOf(wanted, hasUnit);
        for (const [key, values] of Object.entries(some)) expect(values, key).toEqual(all[key]);
        expect(Object.keys(some)).toHaveLength(1 + 2 * Number(wanted.scale) + 2 * Number(wanted.unit && hasUnit));
      }
    });

  it(
    `normalizeBatch holds nothing over ${calls} calls and their gradients`,
    async () => {
      await gradientsOf({ scale: true, unit: true });
      const count = (): object => ({ numTensors: tf.memory().numTensors, numDataIds: tf.backend().numDataIds() });
      const before = count();
      for (let i = 0; i < calls; i++) await gradientsOf({ scale: i % 2 === 0, unit: i % 3 === 0 }, i % 5 !== 0);
      expect(count()).toEqual(before);
    },
    SLOW,
  );
}

/** The gradients by name. */
async function gradientsOf(wanted: NormalizeBatchGradients, hasUnit = true): Promise<Record<string, Float32Array>> {
  const x = tf.tensor2d([1, 2, 3, -1, 0.5, 2, 0.3, -2, 1, 4, 1, 0], [4, 3]);
  const dy = tf.tensor2d([1, -2, 0.5, 0.25, 1, 1, -1, 2, 0.5, 0.1, 0.7, -0.3], [4, 3]);
  const [scale, offset, beta, coeff] = [
    [1, 2, 0.5],
    [0, -1, 0.3],
    [0.5, 0.8, 0.2],
    [0.5, 0.1, 0.9],
  ].map((values) => tf.tensor1d(values)) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
  const unit = hasUnit ? { beta, coeff } : null;
  const given = { x, ...(wanted.scale && { scale, offset }), ...(wanted.unit && unit) };
  const f = (): tf.Tensor => normalizeBatch(x, { scale, offset, epsilon: 1e-3, unit }, wanted);
  const gradients = tf.tidy(() => tf.grads(f)(Object.values(given), dy));
  const values = await Promise.all(gradients.map((t) => t.data<'float32'>()));
  tf.dispose([x, dy, scale, offset, beta, coeff, gradients]);
  return Object.fromEntries(Object.keys(given).map((key, i) => [key, values[i]!]));
}
