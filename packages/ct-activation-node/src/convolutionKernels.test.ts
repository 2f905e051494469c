import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsSetUp, requireTfjsNode, setUpState } from '../test/setUpState.js';
import { isSmall, registerConvolutions } from './convolutionKernels.js';

type Shape = [number, number, number, number];
const KERNELS = ['Conv2D', 'FusedConv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];

/** The largest difference, in units of the largest entry or 1. */
function difference(found: tf.Tensor, expected: tf.Tensor): number {
  expect(found.shape).toEqual(expected.shape);
  const [a, b] = [found, expected].map((t) => t.dataSync<'float32'>()) as [Float32Array, Float32Array];
  const scale = b.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0) / scale;
}

describe.skipIf(setUpState === undefined)(`convolutions on tfjs-node (${needsSetUp})`, () => {
  let stock: Record<string, tf.KernelConfig>;
  let before: number;
  beforeAll(async () => {
    requireTfjsNode();
    stock = Object.fromEntries(KERNELS.map((name) => [name, tf.getKernel(name, 'tensorflow')]));
    await import('./index.js');
    expect(await tf.setBackend('tensorflow')).toBe(true);
  });
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  it("agrees with tfjs's cpu backend to 1e-5 for 20 drawn convolutions, gradients included", async () => {
    let seed = 1;
    const draw = (low: number, high: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return low + Math.floor((seed / 2 ** 32) * (high - low + 1));
    };
    for (let k = 0; k < 20; k++) {
      const [size, step] = [draw(1, 4), draw(1, 3)];
      const [channels, out] = [draw(1, 20), draw(1, 36)];
      const shape: Shape = [draw(1, 2), draw(4, 9), draw(4, 15), channels];
      const pad = (['same', 'valid'] as const)[draw(0, 1)]!;
      const values = {
        x: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => draw(-500, 500) / 500),
        filter: Float32Array.from({ length: size * size * channels * out }, () => draw(-500, 500) / 500),
      };
      const onBackend = async (name: string): Promise<tf.Tensor[]> => {
        await tf.setBackend(name);
        return tf.tidy(() => {
          const x = tf.tensor4d(values.x, shape);
          const filter = tf.tensor4d(values.filter, [size, size, channels, out]);
          const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
            tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, step, pad);
          const { value, grads } = tf.valueAndGrads((x, filter) => tf.sin(convolve(x, filter)))([x, filter]);
          return [value, ...grads].map((t) => tf.clone(t));
        });
      };
      const found = await onBackend('tensorflow');
      const arrays = found.map((t) => ({ values: t.dataSync<'float32'>(), shape: t.shape }));
      tf.dispose(found);
      const expected = await onBackend('cpu');
      const worst = tf.tidy(() =>
        Math.max(...arrays.map((a, i) => difference(tf.tensor(a.values, a.shape), expected[i]!))),
      );
      expect(worst, JSON.stringify({ shape, size, step, out, pad })).toBeLessThan(1e-5);
      tf.dispose(expected);
    }
    await tf.setBackend('tensorflow');
  });

  it.each([
    { activation: 'linear' as const, bias: [6] },
    { activation: 'relu' as const, bias: [6] },
    { activation: 'relu6' as const, bias: undefined },
    { activation: 'leakyrelu' as const, bias: [6] },
    { activation: 'prelu' as const, bias: [6] },
    { activation: 'relu' as const, bias: [] },
  ])("with $activation and a bias of shape $bias behind it: what tfjs-node's own kernel gives, to 1e-6", (of) => {
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([2, 6, 5, 4], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 4, 6], 0, 1, 'float32', 2);
      const bias = of.bias && tf.randomNormal(of.bias, 0, 1, 'float32', 3);
      const preluActivationWeights = of.activation === 'prelu' ? tf.fill([6], 0.3) : undefined;
      const attrs = {
        strides: 1,
        pad: 'same',
        dataFormat: 'NHWC',
        dilations: 1,
        activation: of.activation,
        leakyreluAlpha: 0.1,
      };
      const inputs = { x, filter, ...(bias && { bias }), ...(preluActivationWeights && { preluActivationWeights }) };
      const expected = stock['FusedConv2D']!.kernelFunc({ inputs, attrs, backend: tf.backend() }) as tf.Tensor;
      const found = tf.engine().runKernel<tf.Tensor>('FusedConv2D', inputs, attrs);
      expect(difference(found, expected)).toBeLessThan(1e-6);
    });
  });

  it('leaves large convolutions, dilated ones and NCHW to TensorFlow, and takes those of small networks', () => {
    const of = (x: Shape, filter: Shape, dilations = 1): boolean =>
      isSmall(tf.backend_util.computeConv2DInfo(x, filter, 1, dilations, 'same'));
    expect(of([32, 14, 14, 16], [3, 3, 16, 16])).toBe(true);
    expect(of([32, 4, 4, 64], [3, 3, 64, 64])).toBe(true);
    expect(of([8, 56, 56, 64], [3, 3, 64, 64])).toBe(false);
    expect(of([1, 4, 4, 256], [3, 3, 256, 256])).toBe(false);
    expect(of([1, 14, 14, 16], [3, 3, 16, 16], 2)).toBe(false);
    tf.tidy(() => {
      const [x, filter] = [tf.ones<tf.Rank.R4>([1, 9, 9, 2]), tf.ones<tf.Rank.R4>([3, 3, 2, 3])];
      const dilated = tf.conv2d(x, filter, 1, 'valid', 'NHWC', 2);
      expect(dilated.shape).toEqual([1, 5, 5, 3]);
      expect(new Set(dilated.dataSync())).toEqual(new Set([18]));
      // Where TensorFlow has two channels.
      expect(tf.conv2d(tf.zeros<tf.Rank.R4>([0, 9, 9, 2]), filter, 1, 'same').shape).toEqual([0, 9, 9, 3]);
    });
  });

  it('hands on NaN and infinities to what they reach, and to nothing else', () => {
    tf.tidy(() => {
      const values = new Float32Array(2 * 8 * 8 * 3).fill(1);
      values[(3 * 8 + 4) * 3] = NaN;
      values[(64 + 7 * 8) * 3 + 1] = Infinity;
      const y = tf.conv2d(tf.tensor4d(values, [2, 8, 8, 3]), tf.ones<tf.Rank.R4>([3, 3, 3, 2]), 1, 'same').dataSync();
      y.forEach((value, at) => {
        const [image, i, j] = [Math.floor(at / 128), Math.floor(at / 16) % 8, Math.floor(at / 2) % 8];
        const isBeside = (row: number, column: number): boolean => Math.abs(i - row) <= 1 && Math.abs(j - column) <= 1;
        const expected = image === 0 ? isBeside(3, 4) && NaN : isBeside(7, 0) && Infinity;
        if (expected === false) expect(Number.isFinite(value), `at ${image}, ${i}, ${j}`).toBe(true);
        else expect(value, `at ${image}, ${i}, ${j}`).toBe(expected);
      });
    });
  });

  it('gives the same bits on every run, however threads take turns', () => {
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([32, 14, 14, 16], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 16, 16], 0, 1, 'float32', 2);
      const run = (): Buffer[] =>
        tf.tidy(() =>
          tf
            .grads((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'))([x, filter])
            .map((t) => Buffer.from(t.dataSync<'float32'>().buffer)),
        );
      const first = run();
      for (let k = 0; k < 5; k++) run().forEach((bits, i) => expect(bits.equals(first[i]!)).toBe(true));
    });
  });

  it('refuses inputs that do not fit, with their shapes', () => {
    const backend = tf.backend() as unknown as {
      binding: { TF_ATTR_INT: number };
      executeSingleOutput: (name: string, attributes: unknown[], inputs: tf.Tensor[]) => tf.Tensor;
    };
    const int = (name: string, value: unknown): unknown => ({ name, type: backend.binding.TF_ATTR_INT, value });
    const geometry = int('geometry', [1, 1, 1, 1, 4, 4]);
    const run = (op: string, shapes: number[][], ...attributes: unknown[]): void =>
      tf.tidy(() => {
        const inputs = shapes.map((shape) => tf.zeros(shape));
        backend.executeSingleOutput(op, [geometry, ...attributes], inputs);
      });
    const [x, filter] = [
      [1, 4, 4, 2],
      [3, 3, 3, 5],
    ];
    expect(() => run('CtuConv2D', [x!, filter!], int('B', 0))).toThrow(
      /x must be \[batch, height, width, in\] and filter .*, got \[1,4,4,2\] and \[3,3,3,5\]/,
    );
    expect(() => run('CtuConv2D', [x!, [3, 3, 2, 5], [4]], int('B', 1))).toThrow(/bias must be \[5\], got \[4\]/);
    expect(() => run('CtuConv2DInput', [x!, filter!])).toThrow(/dy must be .*, got \[1,4,4,2\] and \[3,3,3,5\]/);
    expect(() => run('CtuConv2DFilter', [x!, [2, 4, 4, 5]])).toThrow(/CtuConv2DFilter: .* \[1,4,4,2\] and \[2,4,4,5\]/);
  });

  it('a second registration changes nothing', () => {
    for (const name of KERNELS) {
      const kernel = tf.getKernel(name, 'tensorflow');
      expect(kernel, name).not.toBe(stock[name]);
      registerConvolutions('tensorflow');
      expect(tf.getKernel(name, 'tensorflow')).toBe(kernel);
    }
  });
});
