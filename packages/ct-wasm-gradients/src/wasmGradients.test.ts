import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshBackend, hosts, pretend } from '../test/hosts.js';
import { wasmGradients } from './index.js';

const ADDED = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => vi.restoreAllMocks());

describe('wasmGradients', () => {
  it('says by name when there is no backend to run on', async () => {
    await freshBackend();
    const factory = tf.findBackendFactory('wasm');
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    expect(() => wasmGradients()).toThrow("wasmGradients: there is no wasm backend yet; await tf.setBackend('wasm')");
    tf.registerBackend('wasm', factory, 2);
  });

  it('tells what is registered', async () => {
    await freshBackend();
    const { kernels, dilatedGradients } = wasmGradients();
    expect(kernels.added).toEqual(ADDED);
    expect(kernels.replaced).toContain('Conv2DBackpropInput');
    expect(kernels.missing).toEqual([]);
    expect(dilatedGradients).toBe(true);
    const { kernelFunc } = tf.getKernel('Sum', 'wasm');
    tf.unregisterKernel('Sum', 'wasm');
    tf.registerKernel({ kernelName: 'Sum', backendName: 'wasm', kernelFunc: (params) => kernelFunc(params) });
    expect(wasmGradients().kernels.missing).toEqual(['Sum']);
    tf.unregisterKernel('Sum', 'wasm');
    tf.registerKernel({ kernelName: 'Sum', backendName: 'wasm', kernelFunc });
    expect(wasmGradients().kernels.missing).toEqual([]);
  });

  it('may be imported twice, with the backend up, without a warning and without wrapping kernels twice', async () => {
    await freshBackend();
    const warn = vi.spyOn(console, 'warn');
    const kernels = (): unknown[] =>
      tf.getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]);
    const [before, gradient] = [kernels(), tf.getGradient('Conv2D')];
    vi.resetModules();
    const again = await import('./index.js');
    expect(again.wasmGradients).not.toBe(wasmGradients);
    expect(new Map(kernels() as [string, unknown][])).toEqual(new Map(before as [string, unknown][]));
    expect(again.wasmGradients()).toEqual(wasmGradients());
    expect(again.wasmGradients().dilatedGradients).toBe(true);
    expect(tf.getGradient('Conv2D')).toBe(gradient);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(hosts)('says when the memory is exhausted: $title', async (host) => {
    await pretend(host);
    if (host.access === 'in place') {
      const module = (tf.backend() as unknown as { wasm: { _malloc: (bytes: number) => number } }).wasm;
      vi.spyOn(module, '_malloc').mockReturnValue(0);
    } else
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
        throw new RangeError('full');
      });
    const size = host.access === 'in place' ? 4 : 400;
    expect(() => tf.engine().runKernel('Sum', { x: tf.ones([size, size]) }, { axis: [0], keepDims: false })).toThrow(
      new RegExp(
        '^Sum: the memory of the wasm backend is exhausted: wanted [\\d,]+ bytes more; tensors take ' +
          '[\\d,]+, the memory has [\\d,]+ of at most 4,294,967,296; use smaller batches, or dispose ' +
          'of tensors$',
      ),
    );
  });
});
