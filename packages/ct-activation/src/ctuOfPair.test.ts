import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { ctu, ctuOfPair, normalizeBatch, takesPairs } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const x = tf.tensor2d([-2, 0.5, 3, 1, -0.3, 0], [2, 3]);
const dy = tf.tensor2d([1, -2, 0.5, 0.3, 1, 1], [2, 3]);
const [beta, coeff] = [tf.tensor1d([0.2, 0.5, 0.9]), tf.tensor1d([0.1, 0.5, 1])];
const pair = tf.stack([beta, coeff]) as tf.Tensor2D;
const rows = (t: tf.Tensor): number[][] => t.arraySync() as number[][];

it.each([undefined, { maxValue: 2, alpha: 0.1 }])('is ctu of its rows where no kernel takes pairs: %j', (form) => {
  expect(takesPairs()).toBe(false);
  expect(rows(ctuOfPair(x, pair, form))).toEqual(rows(ctu(x, beta, coeff, form)));
  const [dx, dpair] = tf.grads((x: tf.Tensor, pair: tf.Tensor) => ctuOfPair(x, pair as tf.Tensor2D, form))(
    [x, pair],
    dy,
  );
  const expected = tf.grads((x: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => ctu(x, b, c, form))([x, beta, coeff], dy);
  expect(rows(dx!)).toEqual(rows(expected[0]!));
  expect(rows(dpair!)).toEqual([rows(expected[1]!), rows(expected[2]!)]);
});

it('normalizeBatch takes a pair there, too', () => {
  const given = { scale: tf.tensor1d([1, 2, 0.5]), offset: tf.tensor1d([0, -1, 0.3]), epsilon: 1e-3 };
  const wanted = { scale: false, unit: true };
  const y = normalizeBatch(x, { ...given, unit: { pair } }, wanted);
  expect(rows(y)).toEqual(rows(normalizeBatch(x, { ...given, unit: { beta, coeff } }, wanted)));
  const dpair = tf.grad((p: tf.Tensor) => normalizeBatch(x, { ...given, unit: { pair: p as tf.Tensor2D } }, wanted))(
    pair,
    dy,
  );
  const [dbeta, dcoeff] = tf.grads((b: tf.Tensor, c: tf.Tensor) =>
    normalizeBatch(x, { ...given, unit: { beta: b as tf.Tensor1D, coeff: c as tf.Tensor1D } }, wanted),
  )([beta, coeff], dy);
  expect(rows(dpair)).toEqual([rows(dbeta!), rows(dcoeff!)]);
});
