import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsSetUp, requireTfjsNode, setUpState } from '../test/setUpState.js';
import { CONVOLUTION_CASES, measureConvolution } from './convolutionCases.js';

describe.skipIf(setUpState === undefined)(`convolutions against float64 (${needsSetUp})`, () => {
  let before: number;
  beforeAll(async () => {
    requireTfjsNode();
    await import('./index.js');
    expect(await tf.setBackend('tensorflow')).toBe(true);
  });
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  it.each(CONVOLUTION_CASES)(
    '$x by $filter, strides $strides, padding $pad: y, dx and dfilter are those of float64 to 1e-6',
    (one) => {
      const { y, dx, dfilter } = measureConvolution(one);
      expect(Math.max(y, dx, dfilter)).toBeLessThan(1e-6);
      // Rounded they are, and measured.
      expect(Math.min(y, dx, dfilter)).toBeGreaterThan(0);
    },
  );

  it('NaN in one entry is an error of NaN', () => {
    const backend = tf.backend() as unknown as { executeSingleOutput: (...call: unknown[]) => tf.Tensor };
    const stock = backend.executeSingleOutput.bind(backend);
    backend.executeSingleOutput = (...call) => {
      const result = stock(...call);
      return call[0] === 'CtuConv2DInput' ? tf.mul(result, NaN) : result;
    };
    try {
      const { y, dx } = measureConvolution(CONVOLUTION_CASES[0]!);
      expect(y).toBeLessThan(1e-6);
      expect(dx).toBeNaN();
    } finally {
      Reflect.deleteProperty(backend, 'executeSingleOutput');
    }
  });

  it('hold their memory (16 MB) over 3,000 calls of each kernel', () => {
    const collect = (globalThis as { gc?: () => void }).gc ?? ((): void => {});
    const run = (times: number): void => {
      for (let k = 0; k < times; k++) measureConvolution({ x: [1, 4, 4, 3], filter: [3, 3, 3, 5], strides: 1, pad: 1 });
    };
    run(300);
    collect();
    const rss = process.memoryUsage().rss;
    run(3000);
    collect();
    expect(process.memoryUsage().rss - rss).toBeLessThan(16 * 2 ** 20);
  });
});
