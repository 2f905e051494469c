/** What the kernels must do in a page, whichever build of tfjs-wasm it gets. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
// Vite's way to a file's address. Applications set these paths for tfjs; our kernels need none.
/* eslint-disable no-restricted-imports -- assets, not a second copy of tfjs */
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
/* eslint-enable no-restricted-imports */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { wasmGradients } from '../src/index.js';
import {
  convolutionCases,
  expectExact,
  expectExactConvolution,
  expectExactTiles,
  gradients,
  plain as plainCase,
  table,
  tiles,
} from './cases.js';
import { drawnCases } from './reference.js';
import { smallNetwork } from './smallNetwork.js';

/** Milliseconds for tests that take seconds by themselves. */
const SLOW = 300_000;

export function testGradients(title: string, memory: 'plain' | 'shared'): void {
  describe(`training on wasm in Chromium, in ${title}`, () => {
    beforeAll(async () => {
      setWasmPaths({
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threaded,
      });
      expect(await tf.setBackend('wasm')).toBe(true);
    });

    it('has all kernels registered, and runs as it should on this host', () => {
      expect(globalThis.crossOriginIsolated).toBe(memory === 'shared');
      const { kernels, ...host } = wasmGradients();
      expect(kernels.missing).toEqual([]);
      expect(host).toEqual({ dilatedGradients: true, simd: true, access: 'in place', memory });
    });

    for (const [name, c] of table)
      it(`agrees with float64 to 1e-5 of the largest entry: ${name}`, () => expectExact(c), SLOW);

    it(
      'agrees with float64 to 2e-6 of the largest sum of magnitudes in all convolutions, and in gradients by tiles',
      () => {
        convolutionCases.forEach(([, c]) => expectExactConvolution(c));
        tiles.forEach(([, c]) => expectExactTiles(c));
      },
      SLOW,
    );

    it.each([
      ['plain', false],
      ['depthwise', true],
    ])(
      'agrees with float64 to 1e-5 of the largest entry for drawn %s convolutions',
      (_, depthwise) => {
        fc.assert(fc.property(drawnCases({ depthwise, dilations: true }), expectExact), { numRuns: 50 });
      },
      SLOW,
    );

    it('gives the same after the memory has grown', () => {
      tf.tidy(() => {
        const all = (): unknown =>
          Object.values(gradients(plainCase([2, 9, 9, 6], [3, 3, 6, 10]))).map((t) => t.dataSync());
        const before = all();
        for (let i = 0; i < 10; i++) tf.zeros([1 << 21]);
        expect(all()).toEqual(before);
      });
    });

    it(
      'trains a network with the losses of cpu to 1e-4 over 10 steps, and keeps its memory over 1,000',
      async () => {
        const losses: number[][] = [];
        for (const backend of ['cpu', 'wasm']) {
          await tf.setBackend(backend);
          const network = smallNetwork();
          losses.push(Array.from({ length: 10 }, () => network.step()));
          network.dispose();
        }
        losses[1]!.forEach((loss, i) => expect(Math.abs(loss / losses[0]![i]! - 1)).toBeLessThan(1e-4));
        const network = smallNetwork();
        const heap = (): number => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
        for (let i = 0; i < 3; i++) network.step();
        const before = [tf.memory().numTensors, heap()];
        for (let i = 0; i < 1000; i++) network.step();
        expect([tf.memory().numTensors, heap()]).toEqual(before);
        network.dispose();
      },
      SLOW,
    );
  });
}
