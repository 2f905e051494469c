import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import './kernels/cpu.js';
import './kernels/wasm.js';
import { normalizeSuite } from '../test/normalizeSuite.js';
import { hasNormalizeKernels, NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD } from './kernels/normalizeKernel.js';
import { normalizeBatch } from './index.js';

describe.each([
  { name: 'cpu', fused: true, bound: 1e-6 },
  { name: 'wasm', fused: true, bound: 2e-6 },
  // Sums of stock ops are float32.
  { name: 'cpu', fused: false, bound: 2e-5 },
  { name: 'wasm', fused: false, bound: 2e-5 },
])('normalizeBatch on $name, fused: $fused, to $bound of its condition', ({ name, fused, bound }) => {
  const kernels = [NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD].map((kernel) => tf.getKernel(kernel, name));
  beforeAll(async () => {
    await tf.setBackend(name);
    if (!fused) kernels.forEach(({ kernelName, backendName }) => tf.unregisterKernel(kernelName, backendName));
    expect(hasNormalizeKernels(name)).toBe(fused);
  });
  afterAll(() => {
    if (!fused) kernels.forEach((kernel) => tf.registerKernel(kernel));
  });

  normalizeSuite({ bound });

  it('its second derivative equals differences of the first to 1e-2', () => {
    tf.tidy(() => {
      const { x, dy, parameters } = inputs();
      const wanted = { scale: false, unit: false };
      const first = (v: tf.Tensor): tf.Tensor => tf.grad((u) => tf.mul(normalizeBatch(u, parameters, wanted), dy))(v);
      const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 9);
      const second = tf
        .grad((v) => tf.mul(first(v), direction))(x)
        .dataSync();
      const h = 1e-2;
      const at = (i: number, by: number): number => {
        const moved = Float32Array.from(x.dataSync());
        moved[i]! += by;
        return tf.sum(tf.mul(first(tf.tensor(moved, x.shape)), direction)).dataSync()[0]!;
      };
      for (const i of [0, 5, 11]) expect(second[i]! - (at(i, h) - at(i, -h)) / (2 * h)).toBeCloseTo(0, 2);
    });
  });
});

it('refuses parameters of other lengths, and x without entries, by name', () => {
  const { x, parameters } = inputs();
  const wanted = { scale: false, unit: false };
  expect(() => normalizeBatch(x, { ...parameters, offset: tf.zeros([4]) }, wanted)).toThrow(
    'normalizeBatch: parameters: offset must be a float32 tensor with one number for each of the 3 channels of x, ' +
      'got float32 [4]',
  );
  expect(() => normalizeBatch(tf.zeros([0, 3]), parameters, wanted)).toThrow('with entries to normalise');
});

function inputs(): {
  x: tf.Tensor;
  dy: tf.Tensor;
  parameters: {
    scale: tf.Tensor1D;
    offset: tf.Tensor1D;
    epsilon: number;
    unit: { beta: tf.Tensor1D; coeff: tf.Tensor1D };
  };
} {
  return {
    x: tf.tensor2d([1, 2, 3, -1, 0.5, 2, 0.3, -2, 1, 4, 1, 0], [4, 3]),
    dy: tf.tensor2d([1, -2, 0.5, 0.25, 1, 1, -1, 2, 0.5, 0.1, 0.7, -0.3], [4, 3]),
    parameters: {
      scale: tf.tensor1d([1, 2, 0.5]),
      offset: tf.tensor1d([0, -1, 0.3]),
      epsilon: 1e-3,
      unit: { beta: tf.tensor1d([0.5, 0.8, 0.2]), coeff: tf.tensor1d([0.5, 0.1, 0.9]) },
    },
  };
}
