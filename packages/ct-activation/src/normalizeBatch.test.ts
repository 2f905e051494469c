import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import './kernels/cpu.js';
import './kernels/wasm.js';
import { measureNormalize, normalizeCases } from './conformance.js';
import { hasNormalizeKernels, NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD } from './kernels/normalizeKernel.js';
import { normalizeBatch } from './index.js';
import type { NormalizeBatchGradients } from './index.js';

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

  it.each(normalizeCases())('is right: $name', async (one) => {
    for (const { quantity, error } of await measureNormalize(one)) expect(error, quantity).toBeLessThan(bound);
  });

  it.each([
    { scale: false, unit: false },
    { scale: true, unit: false },
    { scale: false, unit: true },
  ])('gives the same gradients whichever are wanted: $scale, $unit', (wanted) => {
    const all = gradientsOf({ scale: true, unit: true });
    const some = gradientsOf(wanted);
    for (const [key, values] of Object.entries(some)) expect(values, key).toEqual(all[key]);
    expect(Object.keys(some)).toHaveLength(1 + 2 * Number(wanted.scale) + 2 * Number(wanted.unit));
  });

  it('holds nothing over 200 calls and their gradients', () => {
    gradientsOf({ scale: true, unit: true });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 200; i++) gradientsOf({ scale: i % 2 === 0, unit: i % 3 === 0 });
    expect(tf.memory().numTensors).toBe(before);
  });

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

/** The gradients by name. */
function gradientsOf(wanted: NormalizeBatchGradients): Record<string, Float32Array> {
  return tf.tidy(() => {
    const { x, dy, parameters } = inputs();
    const { scale, offset, unit } = parameters;
    const given = { x, ...(wanted.scale && { scale, offset }), ...(wanted.unit && unit) };
    const gradients = tf.grads(() => normalizeBatch(x, parameters, wanted))(Object.values(given), dy);
    return Object.fromEntries(Object.keys(given).map((key, i) => [key, gradients[i]!.dataSync<'float32'>()]));
  });
}
