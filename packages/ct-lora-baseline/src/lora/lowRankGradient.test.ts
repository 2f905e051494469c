import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { LowRank } from './lowRank.js';
import type { LinearPath } from './lowRankGradient.js';
import { changedLinear } from './lowRankGradient.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const path = (calls: string[]): LinearPath => ({
  forward: (x, kernel) => (calls.push('forward'), tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D)),
  backward: (dy, kernel) => (calls.push('backward'), tf.matMul(dy as tf.Tensor2D, kernel as tf.Tensor2D, false, true)),
  features: (x, a) => (calls.push('features'), tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D)),
  factorGradient: (x, dy) => (calls.push('factorGradient'), tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true)),
});

/** Factors as `changedLinear` sees them. */
function factors(scale: number): { w: tf.Tensor2D; lora: LowRank; a: tf.Variable; b: tf.Variable } {
  const w = tf.randomNormal<tf.Rank.R2>([3, 4], 0, 1, 'float32', 1);
  const a = tf.variable(tf.randomNormal<tf.Rank.R2>([3, 2], 0, 1, 'float32', 2));
  const b = tf.variable(tf.randomNormal<tf.Rank.R2>([2, 4], 0, 1, 'float32', 3));
  const effectiveKernel = (): tf.Tensor => tf.add(w, tf.mul(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), scale));
  return { w, a, b, lora: { a, b, rank: 2, scale, effectiveKernel } as unknown as LowRank };
}

it.each([1, 2.5])('scale %d: output and all gradients are those of stock ops, to 1e-5', (scale) => {
  const { w, a, b, lora } = factors(scale);
  const x = tf.variable(tf.randomNormal<tf.Rank.R2>([5, 3], 0, 1, 'float32', 4));
  const direction = tf.randomNormal([5, 4], 0, 1, 'float32', 5);
  const of = (y: () => tf.Tensor): tf.Tensor[] => {
    const { grads } = tf.variableGrads(() => tf.sum(tf.mul(y(), direction)) as tf.Scalar, [x, a, b]);
    return [y(), ...[x, a, b].map(({ name }) => grads[name]!)];
  };
  const found = of(() => changedLinear(x, lora, path([])));
  const expected = of(() =>
    tf.add(
      tf.matMul(x as tf.Tensor2D, w),
      tf.mul(tf.matMul(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D), b as tf.Tensor2D), scale),
    ),
  );
  found.forEach((t, i) => {
    const other = expected[i]!.dataSync();
    t.dataSync().forEach((value, k) => expect(Math.abs(value - other[k]!)).toBeLessThan(1e-5));
  });
});

it('computes what is wanted alone: nothing of x where the factors are trained, no kernel where x is', () => {
  const { a, b, lora } = factors(1);
  const x = tf.ones<tf.Rank.R2>([5, 3]);
  const calls: string[] = [];
  tf.variableGrads(() => tf.sum(changedLinear(x, lora, path(calls))) as tf.Scalar, [a, b]);
  expect(calls.toSorted()).toEqual(['factorGradient', 'features', 'forward']);
  calls.length = 0;
  tf.grad((input: tf.Tensor) => tf.sum(changedLinear(input, lora, path(calls))))(x);
  expect(calls).toEqual(['forward', 'backward']);
});
