import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { frozenConvolution, withoutInputs } from './frozenConvolution.js';

beforeAll(() => tf.setBackend('cpu'));

it.each([false, true])('has value and gradient of stock ops to 1e-5; depthwise: %s', (depthwise) => {
  tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 5, 6, 3], 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 3, 2], 0, 1, 'float32', 2);
    const bias = tf.randomNormal([depthwise ? 6 : 2], 0, 1, 'float32', 3);
    const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    const strides: [number, number] = [2, 2];
    const stock = (input: tf.Tensor): tf.Tensor =>
      tf.add(convolve(input as tf.Tensor4D, filter, strides, 'same'), bias);
    const ours = (input: tf.Tensor): tf.Tensor =>
      frozenConvolution(input as tf.Tensor4D, { filter, bias, strides, pad: 'same', depthwise });
    const [expected, got] = [stock, ours].map((f) => {
      const { value, grad } = tf.valueAndGrad((input) => tf.square(f(input)))(x);
      return [...value.dataSync(), ...grad.dataSync()];
    });
    expected!.forEach((value, i) =>
      expect(Math.abs(got![i]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))),
    );
  });
});

it('keeps nothing for a gradient of dy alone', () => {
  tf.tidy(() => {
    const double = (x: tf.Tensor): tf.Tensor =>
      withoutInputs(
        x,
        (input) => tf.mul(input, 2),
        (dy) => tf.mul(dy, 2),
      );
    let inside = 0;
    const x = tf.ones([4]);
    const gradient = tf.grad((input) => {
      const before = tf.memory().numTensors;
      const y = double(input);
      inside = tf.memory().numTensors - before;
      return y;
    })(x);
    expect(inside).toBe(1);
    expect([...gradient.dataSync()]).toEqual([2, 2, 2, 2]);
  });
});
