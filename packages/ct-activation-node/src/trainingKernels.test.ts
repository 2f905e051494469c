import { ADAM } from '@curvature-tuning/activation';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsSetUp, requireTfjsNode, setUpState } from '../test/setUpState.js';
import { registerMaxPoolGradient } from './trainingKernels.js';

describe.skipIf(setUpState === undefined)(`kernels of training on tfjs-node (${needsSetUp})`, () => {
  let stock: tf.KernelConfig;
  let before: number;
  beforeAll(async () => {
    requireTfjsNode();
    stock = tf.getKernel('MaxPoolGrad', 'tensorflow');
    await import('./index.js');
    expect(await tf.setBackend('tensorflow')).toBe(true);
  });
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  it.each([1, 5, 64, 100_003])('Adam: ten steps of %i numbers are those of float64 to 1e-6', (n) => {
    const at = (i: number, k: number): number => Math.sin(i + 1) * 10 ** ((i % 7) - 5) * (1 + Math.cos(k));
    let weights = tf.tensor1d(Float32Array.from({ length: n }, (_, i) => Math.cos(i)));
    const [first, second] = [tf.zeros([n]), tf.zeros([n])];
    const exact = Float64Array.from(weights.dataSync());
    const [m, v] = [new Float64Array(n), new Float64Array(n)];
    for (let k = 1; k <= 10; k++) {
      const gradient = tf.tensor1d(Float32Array.from({ length: n }, (_, i) => at(i, k)));
      const g = gradient.dataSync();
      const [scale, correction] = [0.01 / (1 - 0.9 ** k), Math.sqrt(1 - 0.999 ** k)];
      const inputs = { weights, gradient, first, second };
      const results = tf.engine().runKernel<tf.Tensor1D[]>(ADAM, inputs, { scale, correction });
      // The moments are updated in their own memory.
      expect(results.slice(1)).toEqual([first, second]);
      tf.dispose([weights, gradient]);
      weights = results[0]!;
      for (let i = 0; i < n; i++) {
        m[i] = 0.9 * m[i]! + 0.1 * g[i]!;
        v[i] = 0.999 * v[i]! + 0.001 * g[i]! ** 2;
        exact[i]! -= (scale * m[i]!) / (Math.sqrt(v[i]!) / correction + 1e-8);
      }
    }
    const found = weights.dataSync<'float32'>();
    expect(exact.reduce((most, w, i) => Math.max(most, Math.abs(w - found[i]!)), 0)).toBeLessThan(1e-6);
    tf.dispose([weights, first, second]);
  });

  it('Adam: refuses moments of another shape', () => {
    const [weights, gradient, first, second] = [2, 2, 3, 2].map((n) => tf.zeros([n])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const inputs = { weights, gradient, first, second };
    expect(() => tf.engine().runKernel(ADAM, inputs, { scale: 1, correction: 1 })).toThrow(
      /CtuAdam: gradient and moments must have the shape of weights, \[2\], got \[3\]/,
    );
    tf.dispose(Object.values(inputs));
  });

  it.each([
    { shape: [2, 9, 7, 1], size: 3, strides: 2, pad: 'same' as const },
    { shape: [2, 9, 7, 19], size: 3, strides: 2, pad: 'valid' as const },
    { shape: [1, 8, 8, 64], size: 2, strides: 2, pad: 'same' as const },
    { shape: [3, 8, 8, 65], size: 3, strides: 1, pad: 'same' as const },
    { shape: [2, 7, 9, 16], size: 2, strides: 3, pad: 'valid' as const },
    {
      shape: [2, 7, 9, 130],
      size: [2, 3] as [number, number],
      strides: [1, 2] as [number, number],
      pad: 'same' as const,
    },
  ])("max pooling $size by $strides, '$pad', of $shape: the bits of TensorFlow's gradient", ({ shape, ...pool }) => {
    const { size: filterSize, strides, pad } = pool;
    const count = shape.reduce((a, b) => a * b);
    // Many equals, and NaN now and then.
    const x = tf.tensor(
      Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 53 === 0 ? NaN : (i * 7919) % 5)),
      shape as [number, number, number, number],
    ) as tf.Tensor4D;
    const output = tf.maxPool(x, filterSize, strides, pad);
    const dy = tf.randomNormal<tf.Rank.R4>(output.shape, 0, 1, 'float32', 1);
    const call = { inputs: { dy, input: x, output }, attrs: { filterSize, strides, pad }, backend: tf.backend() };
    const expected = stock.kernelFunc(call) as tf.Tensor;
    const found = tf.grad((t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, filterSize, strides, pad))(x, dy);
    expect(found.dataSync()).toEqual(expected.dataSync());
    tf.dispose([x, output, dy, expected, found]);
  });

  it('a second registration changes nothing', () => {
    const kernel = tf.getKernel('MaxPoolGrad', 'tensorflow');
    expect(kernel).not.toBe(stock);
    registerMaxPoolGradient('tensorflow');
    expect(tf.getKernel('MaxPoolGrad', 'tensorflow')).toBe(kernel);
  });
});
