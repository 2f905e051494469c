import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoraConv2D } from './loraConv2d.js';
import type { KernelLayer } from './stockLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

type Made = { layer: KernelLayer; kernel: tf.Tensor4D; bias: tf.Tensor1D };

/** A LoraConv2D of 2 to 3 channels, 3x3, rank 2, alpha 6, with factors that are no zeros, and W + 3·A·B. */
function made(more: object): Made {
  const layer = new LoraConv2D({
    filters: 3,
    kernelSize: 3,
    inputShape: [6, 6, 2],
    loraRank: 2,
    loraAlpha: 6,
    ...more,
  } as never) as unknown as KernelLayer;
  layer.build([null, 6, 6, 2]);
  layer.setWeights(layer.weights.map(({ shape }, i) => tf.randomNormal(shape as number[], 0, 0.5, 'float32', i + 1)));
  const named = (name: RegExp): tf.Tensor => layer.weights.find(({ originalName }) => name.test(originalName))!.read();
  const change = tf.matMul(tf.reshape(named(/lora_a/), [18, 2]), named(/lora_b/) as tf.Tensor2D);
  const kernel = tf.add(named(/kernel/), tf.mul(tf.reshape(change, [3, 3, 2, 3]), 3)) as tf.Tensor4D;
  return { layer, kernel, bias: named(/bias/) as tf.Tensor1D };
}

const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

describe.each([
  { name: 'strides of 2', strides: 2, padding: 'same' as const, dilationRate: 1 },
  { name: 'dilation by 2', strides: 1, padding: 'same' as const, dilationRate: 2 },
  { name: 'no padding', strides: 1, padding: 'valid' as const, dilationRate: 1 },
])('LoraConv2D with $name', ({ strides, padding, dilationRate }) => {
  it('computes conv(x, W + s·A·B) + b to 1e-5, recorded or not', () => {
    const { layer, kernel, bias } = made({ strides, padding, dilationRate });
    const x = tf.randomNormal<tf.Rank.R4>([2, 6, 6, 2], 0, 1, 'float32', 9);
    const wanted = tf.add(tf.conv2d(x, kernel, strides, padding, 'NHWC', dilationRate), bias);
    expect(largest(layer.apply(x) as tf.Tensor, wanted)).toBeLessThan(1e-5);
    let recorded: tf.Tensor | undefined;
    tf.grad((input: tf.Tensor) => {
      const y = layer.apply(input) as tf.Tensor;
      recorded = tf.keep(y.clone());
      return tf.sum(y);
    })(x);
    expect(recorded!.shape).toEqual(wanted.shape);
    expect(largest(recorded!, wanted)).toBeLessThan(1e-5);
  });

  it('has the gradients in x, A and B of the convolution by W + s·A·B, to 1e-4', () => {
    const { layer } = made({ strides, padding, dilationRate });
    const x = tf.randomNormal<tf.Rank.R4>([2, 6, 6, 2], 0, 1, 'float32', 9);
    const variable = (name: RegExp): tf.Variable =>
      (layer.trainableWeights.find(({ originalName }) => name.test(originalName)) as unknown as { val: tf.Variable })
        .val;
    const [a, b] = [variable(/lora_a/), variable(/lora_b/)];
    const w = layer.kernel.read();
    const loss = (y: tf.Tensor): tf.Scalar => tf.sum(tf.square(y)) as tf.Scalar;
    const own = tf.variableGrads(() => loss(layer.apply(x) as tf.Tensor), [a, b]).grads;
    const input = tf.grad((at: tf.Tensor) => loss(layer.apply(at) as tf.Tensor))(x);
    // tfjs does not differentiate dilated convolutions: the filter with zeros between its entries is the same.
    const size = 2 * dilationRate + 1;
    const spread = (kernel: tf.Tensor): tf.Tensor4D => {
      if (dilationRate === 1) return kernel as tf.Tensor4D;
      const zeros = tf.zeros([3, 1, 3, 1, 2, 3]);
      const doubled = tf.concat([tf.reshape(kernel, [3, 1, 3, 1, 2, 3]), zeros], 1);
      const both = tf.concat([doubled, tf.zerosLike(doubled)], 3);
      return tf.slice(tf.reshape<tf.Rank.R4>(both, [6, 6, 2, 3]), [0, 0, 0, 0], [size, size, 2, 3]);
    };
    const plain = (at: tf.Tensor, A: tf.Tensor, B: tf.Tensor): tf.Scalar => {
      const change = tf.reshape(tf.matMul(tf.reshape(A, [18, 2]), B as tf.Tensor2D), [3, 3, 2, 3]);
      const kernel = spread(tf.add(w, tf.mul(change, 3)));
      return loss(tf.add(tf.conv2d(at as tf.Tensor4D, kernel, strides, padding), layer.bias!.read()));
    };
    const [dx, da, db] = tf.grads(plain)([x, a, b]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const relative = (found: tf.Tensor, wanted: tf.Tensor): number =>
      largest(found, wanted) / Math.max(1, tf.max(tf.abs(wanted)).dataSync()[0]!);
    expect(relative(input, dx)).toBeLessThan(1e-4);
    expect(relative(own[a.name]!, da)).toBeLessThan(1e-4);
    expect(relative(own[b.name]!, db)).toBeLessThan(1e-4);
  });
});

it('trains its factors alone, and leaks nothing', () => {
  const { layer } = made({});
  expect(layer.trainableWeights.map(({ originalName }) => originalName.replace(/.*\//, '')).sort()).toEqual([
    'lora_a',
    'lora_b',
  ]);
  const x = tf.ones([1, 6, 6, 2]);
  const before = tf.memory().numTensors;
  tf.tidy(() => void layer.apply(x));
  expect(tf.memory().numTensors).toBe(before);
});
