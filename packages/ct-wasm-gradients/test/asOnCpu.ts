/** What the tests of kernels have in common: every host, and tfjs's cpu backend to compare with. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import type { hosts as hostList } from './hosts.js';
import { hosts, pretend } from './hosts.js';
import { error } from './reference.js';

// The bounds are of float32 sums, which cancel more in rare draws: every run draws the same.
fc.configureGlobal({ seed: 1 });

/** Milliseconds for tests that take seconds by themselves. */
export const SLOW = 300_000;

/** Shapes of rank 0 to 5, empty ones among them. */
export const shapes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 0, maxLength: 5 });

/** The same tests with and without SIMD, in tfjs's memory and on copies, each in a scope of tensors of its own. */
export function onEveryHost(title: string, tests: (host: (typeof hostList)[number]) => void): void {
  beforeAll(() => tf.setBackend('cpu'));
  describe.each(hosts)(`${title}: $title`, (host) => {
    beforeAll(async () => {
      await pretend(host);
      tf.engine().startScope();
    });
    afterEach(() => {
      tf.engine().endScope();
      tf.engine().startScope();
    });
    afterAll(() => {
      tf.engine().endScope();
      vi.restoreAllMocks();
    });
    tests(host);
  });
}

/** Runs `f` on the cpu backend and on wasm; the results with their shapes and types. */
export async function onBoth(
  f: () => tf.Tensor,
): Promise<{ got: tf.Tensor; exact: ArrayLike<number>; like: { shape: number[]; dtype: tf.DataType } }> {
  await tf.setBackend('cpu');
  const onCpu = tf.tidy(f);
  const [exact, like] = [onCpu.dataSync(), { shape: onCpu.shape, dtype: onCpu.dtype }];
  onCpu.dispose();
  await tf.setBackend('wasm');
  return { got: f(), exact, like };
}

/** Fails unless `f` gives on wasm what it gives on cpu, to `bound` of the largest entry. */
export async function expectAsOnCpu(f: () => tf.Tensor, bound: number): Promise<void> {
  const { got, exact, like } = await onBoth(f);
  expect(got.shape).toEqual(like.shape);
  expect(got.dtype).toBe(like.dtype);
  expect(error(got.dataSync(), exact)).toBeLessThanOrEqual(bound);
  got.dispose();
}

/** A tensor of any type; tf.cast to bool keeps numbers other than 0 and 1 on wasm. */
export function typed(x: tf.Tensor, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor {
  return dtype === 'bool' ? tf.greater(x, 0) : tf.cast(x, dtype);
}
