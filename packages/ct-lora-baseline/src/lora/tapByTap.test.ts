import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { spread } from './dilation.js';
import { isCheaper, tapByTap, tapByTapGradient } from './tapByTap.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const worst = (a: tf.Tensor, b: tf.Tensor): number => tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

describe.each([
  { strides: 1, pad: 'same' as const, size: [3, 3], outputs: 1, dilation: 1 },
  { strides: 2, pad: 'same' as const, size: [3, 3], outputs: 2, dilation: 1 },
  { strides: 2, pad: 'valid' as const, size: [2, 3], outputs: 3, dilation: 1 },
  { strides: 1, pad: 'same' as const, size: [3, 3], outputs: 2, dilation: 2 },
])('$size taps, strides $strides, $pad, $outputs outputs, dilation $dilation', (shape) => {
  const { strides, pad, outputs, dilation } = shape;
  const [height, width] = shape.size as [number, number];
  const convolve = (x: tf.Tensor, filter: tf.Tensor4D): tf.Tensor4D =>
    tf.conv2d(x as tf.Tensor4D, spread(filter, [dilation, dilation]), strides, pad);
  const gradients = (x: tf.Tensor, filter: tf.Tensor4D, dy: tf.Tensor): tf.Tensor[] =>
    tf.grads((input: tf.Tensor, f: tf.Tensor) => convolve(input, f as tf.Tensor4D))([x, filter], dy);

  it('is the convolution, and its gradient that in the filter, to 1e-5; nothing is left behind', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([2, 7, 6, 20], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([height, width, 20, outputs], 0, 0.2, 'float32', 2);
      const y = convolve(x, filter);
      const dy = tf.randomNormal<tf.Rank.R4>(y.shape, 0, 0.2, 'float32', 3);
      const found = tapByTap(x, filter, convolve);
      expect(found.shape).toEqual(y.shape);
      expect(worst(found, y)).toBeLessThan(1e-5);
      const unshift = (d: tf.Tensor, f: tf.Tensor4D, inputShape: number[]): tf.Tensor =>
        gradients(tf.zeros(inputShape), f, d)[0]!;
      const gradient = tapByTapGradient(x, dy, filter, unshift);
      expect(gradient.shape).toEqual(filter.shape);
      expect(worst(gradient, gradients(x, filter, dy)[1]!)).toBeLessThan(1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('is cheaper where the taps make fewer channels than half of those that come', () => {
  expect(isCheaper([3, 3, 64, 1])).toBe(true);
  expect(isCheaper([3, 3, 16, 1])).toBe(false);
  expect(isCheaper([3, 3, 64, 4])).toBe(false);
  expect(isCheaper([1, 1, 64, 1])).toBe(false);
});
