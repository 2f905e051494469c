/** What the wasm kernels must do in a page, whichever build of tfjs-wasm it gets. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
// Vite's way to a file's address. Applications set these paths for tfjs; our kernels need none.
/* eslint-disable no-restricted-imports -- assets, not a second copy of tfjs */
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
/* eslint-enable no-restricted-imports */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctu, ctuKernels } from '../src/index.js';
import type { WasmKernels } from '../src/kernels/wasm.js';
import { wasmKernels } from '../src/kernels/wasm.js';
import { conformanceSuite } from './conformanceSuite.js';

export function testWasmKernels(title: string, expectHost: (kernels: WasmKernels) => void): void {
  describe(`ctu on wasm in Chromium, fused, in ${title}`, () => {
    beforeAll(async () => {
      setWasmPaths({
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threaded,
      });
      expect(await tf.setBackend('wasm')).toBe(true);
      tf.engine().startScope();
    });
    afterAll(() => tf.engine().endScope());

    it('runs as it should on this host', () => {
      expect(ctuKernels()['wasm']).toBe('fused');
      expectHost(wasmKernels());
    });

    conformanceSuite();

    it('gives the same after the memory has grown', () => {
      const [x, beta] = [tf.randomNormal([3, 5, 7], 0, 2), tf.fill([7], 0.8)];
      const all = (): number[][] =>
        [ctu(x, beta), ...tf.grads((x, b) => ctu(x, b))([x, beta])].map((t) => Array.from(t.dataSync()));
      const before = all();
      for (let i = 0; i < 10; i++) tf.zeros([1 << 21]);
      expect(all()).toEqual(before);
    });
  });
}
