import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { HeldNormalization } from './heldNormalization.js';

it('normalises by its statistics to 1e-6, copies have their own, and what replaces it is undone', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const tensors = [
    [1, 2],
    [4, 9],
    [2, 3],
    [0.5, -1],
  ].map((values) => tf.tensor1d(values));
  const [mean, variance, scale, offset] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const x = tf.tensor2d([[3, 8]]);
  const held = new HeldNormalization('a b/norm', mean, variance);
  expect(held.weights.map(({ originalName }) => originalName)).toEqual([
    'a_b/norm/moving_mean',
    'a_b/norm/moving_variance',
  ]);
  const copy = held.copy();
  tf.tidy(() => void copy.movingMean.write(tf.tensor1d([3, 8])));
  const values = (one: HeldNormalization): number[] =>
    tf.tidy(() => [...one.call(x, scale, offset, 0).dataSync<'float32'>()]);
  // 2·(3 − 1)/2 + 0.5 and 3·(8 − 2)/3 − 1; at their mean, the offset alone.
  [2.5, 5].forEach((expected, i) => expect(Math.abs(values(held)[i]! - expected)).toBeLessThan(1e-6));
  expect(values(copy)).toEqual([0.5, -1]);
  const undo = held.replace((given) => tf.mul(given, 10));
  expect(values(held)).toEqual([30, 80]);
  undo();
  expect(Math.abs(values(held)[0]! - 2.5)).toBeLessThan(1e-6);
  held.dispose();
  copy.dispose();
  tf.dispose([...tensors, x]);
  expect(tf.memory().numTensors).toBe(before);
});
