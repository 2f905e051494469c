import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { conformanceSuite } from '../test/conformanceSuite.js';
import type { ConformanceGrid } from './conformance.js';
import { ctu, ctuKernels, explainMissingCtuKernels, registerCtuKernels } from './index.js';
import { CTU, CTU_GRAD } from './kernels/kernel.js';
import { phi, phiDbeta, phiDcoeff, phiDx } from './math.js';

it('registration refuses what is no name or no kernel', () => {
  const kernel = (): never => undefined as never;
  for (const name of [null, undefined, '', 5]) {
    expect(() => registerCtuKernels(name as never, { ctu: kernel, ctuGrad: kernel })).toThrow(
      /^registerCtuKernels: backendName must be a text/,
    );
    expect(() => explainMissingCtuKernels(name as never, 'why')).toThrow(
      /^explainMissingCtuKernels: backendName must be a text/,
    );
    expect(() => explainMissingCtuKernels('some', name as never)).toThrow(
      /^explainMissingCtuKernels: reason must be a text/,
    );
  }
  for (const kernels of [null, undefined, {}, { ctu: kernel }, { ctu: kernel, ctuGrad: 5 }])
    expect(() => registerCtuKernels('some', kernels as never)).toThrow(
      /^registerCtuKernels: kernels\.(ctu|ctuGrad) must be a function, got /,
    );
  expect(ctuKernels()['some']).toBeUndefined();
});

const grid = JSON.parse(
  readFileSync(new URL('../test/golden/ctu_grid.json', import.meta.url), 'utf8'),
) as ConformanceGrid;

/** Kernels that ran while `f` did, and how many outputs each had. */
function kernelsOf(f: () => void): { name: string; outputs: number }[] {
  const runs: { name: string; outputs: number }[] = [];
  const spy = vi.spyOn(tf.engine(), 'runKernel');
  try {
    f();
    spy.mock.calls.forEach(([name], i) => {
      const result: unknown = spy.mock.results[i]!.value;
      runs.push({ name, outputs: Array.isArray(result) ? result.length : 1 });
    });
  } finally {
    spy.mockRestore();
  }
  return runs;
}

const setups = [
  { title: 'cpu, composed', backend: 'cpu', fused: false },
  { title: 'wasm, composed', backend: 'wasm', fused: false },
  { title: 'cpu, fused', backend: 'cpu', fused: true },
  { title: 'wasm, fused', backend: 'wasm', fused: true },
];
const kernels: Record<string, () => Promise<unknown>> = {
  cpu: () => import('./kernels/cpu.js'),
  wasm: () => import('./kernels/wasm.js'),
};

for (const { title, backend, fused } of setups) {
  describe(`ctu on ${title}`, () => {
    beforeAll(async () => {
      // Registering is for good: the fused set-ups come last.
      if (fused) await kernels[backend]!();
      expect(await tf.setBackend(backend)).toBe(true);
      expect(ctuKernels()[backend]).toBe(fused ? 'fused' : 'composed');
      tf.engine().startScope();
    });
    afterEach(() => {
      tf.engine().endScope();
      tf.engine().startScope();
    });

    conformanceSuite({ grid });

    it('keeps infinities beside NaN apart', () => {
      // Object.is tells 0 from −0, which nobody promised; adding 0 makes them one.
      expect(Array.from(ctu([-Infinity, NaN, Infinity, NaN], 0.5).dataSync(), (v) => v + 0)).toEqual([
        0,
        NaN,
        Infinity,
        NaN,
      ]);
    });

    it('takes numbers, arrays and typed arrays', () => {
      expect(ctu([1, -1], 0.5).dataSync()[1]).toBeCloseTo(phi(-1, 0.5, 0.5), 6);
      expect(ctu(2, 0.5, 0.25).shape).toEqual([]);
      expect(ctu(new Float32Array([1, 2, 3]), 1).dataSync()[2]).toBeCloseTo(3, 6);
      expect(ctu(tf.ones([2, 2]), tf.tensor([0.5]), 1).shape).toEqual([2, 2]);
    });

    it('computes dx alone unless a parameter is differentiated', () => {
      const x = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
      const [beta, coeff] = [tf.fill([3], 0.7), tf.fill([3], 0.4)];
      // Log1p belongs to the derivatives in beta and coeff alone.
      const runsAll = (f: () => void): boolean => {
        return kernelsOf(f).some(({ name, outputs }) =>
          fused ? name === CTU_GRAD && outputs === 3 : name === 'Log1p',
        );
      };
      expect(runsAll(() => tf.grad((x) => ctu(x, 0.7, 0.4))(x))).toBe(false);
      expect(runsAll(() => tf.grad((x) => ctu(x, beta, coeff))(x))).toBe(false);
      expect(runsAll(() => tf.grad((b) => ctu(x, b, coeff))(beta))).toBe(true);
      expect(runsAll(() => tf.grads((x, c) => ctu(x, beta, c))([x, coeff]))).toBe(true);
      // A frozen variable is not differentiated by an optimiser, a trainable one is.
      const frozen = tf.variable(beta, false);
      const trained = tf.variable(coeff);
      const weight = tf.variable(tf.ones([3]));
      expect(runsAll(() => tf.variableGrads(() => tf.sum<tf.Scalar>(ctu(tf.mul(x, weight), frozen, 0.5))))).toBe(false);
      expect(runsAll(() => tf.variableGrads(() => tf.sum<tf.Scalar>(ctu(x, frozen, trained))))).toBe(true);
      [frozen, trained, weight].forEach((v) => v.dispose());
    });

    it('runs no kernel beside its own where no tape records', () => {
      const x = tf.ones([2, 3]);
      const [beta, coeff] = [tf.fill([3], 0.5), tf.fill([3], 0.3)];
      for (const run of [() => ctu(x, beta, coeff), () => ctu(x, 0.5)]) {
        const names = kernelsOf(run).map(({ name }) => name);
        if (fused) expect(names).toEqual([CTU]);
        else expect(names).not.toContain('Reshape');
      }
    });

    it('gives the same dx whether or not the parameters are differentiated', () => {
      const x = tf.randomNormal([5, 3], 0, 2, 'float32', 2);
      const beta = tf.tensor1d([0.1, 0.6, 1]);
      const alone = tf
        .grad((x) => ctu(x, beta))(x)
        .dataSync();
      const together = tf
        .grads((x, b) => ctu(x, b))([x, beta])[0]!
        .dataSync();
      expect(together).toEqual(alone);
    });

    it('has second derivatives that agree with differences of ./math to 2e-4', () => {
      const h = 1e-5;
      const points = [-2.5, -0.8, -0.1, 0.05, 0.4, 1.3, 3].map((x, i) => [x, 0.3 + 0.08 * i, 0.1 + 0.1 * i] as const);
      const [x, beta, c] = [0, 1, 2].map((k) => tf.tensor1d(points.map((p) => p[k]!))) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const first = [phiDx, phiDbeta, phiDcoeff];
      const args = [x, beta, c];
      const f = (...a: tf.Tensor[]): tf.Tensor => ctu(a[0]!, a[1]!, a[2]!);
      first.forEach((derivative, i) => {
        const second = tf.grads((...a: tf.Tensor[]) => tf.grads(f)(a)[i]!)(args);
        second.forEach((got, j) => {
          got.dataSync().forEach((g, k) => {
            const at = (delta: number): number =>
              derivative(...(points[k]!.map((v, m) => (m === j ? v + delta : v)) as [number, number, number]));
            expect(Math.abs(g - (at(h) - at(-h)) / (2 * h)), `d²/d${i}d${j} at ${points[k]!.join()}`).toBeLessThan(
              2e-4,
            );
          });
        });
      });
    });

    it('leaks no tensor: values, gradients, bad input', () => {
      const x = tf.randomNormal([3, 4]);
      const beta = tf.fill([4], 0.5);
      const before = tf.memory();
      for (let i = 0; i < 3; i++) {
        ctu(x, beta).dispose();
        ctu([1, 2], 0.5).dispose();
        tf.grads((x, b) => ctu(x, b))([x, beta]).forEach((g) => g.dispose());
        tf.grad((x) => ctu(x, 0.5))(x).dispose();
        expect(() => ctu(x, tf.keep(beta), 2)).toThrow(RangeError);
      }
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    });

    it('rejects bad input by name', () => {
      const x = tf.ones([2, 3]);
      expect(() => ctu(x, 1.2)).toThrow(new RangeError('ctu: beta must lie in [0, 1], got 1.2'));
      expect(() => ctu(x, NaN)).toThrow('ctu: beta must lie in [0, 1], got NaN');
      expect(() => ctu(x, 0.5, -0.1)).toThrow(new RangeError('ctu: coeff must lie in [0, 1], got -0.1'));
      expect(() => ctu(x, tf.ones([5]))).toThrow('beta has 5 channels, x has 3');
      expect(() => ctu(x, 0.5, tf.ones([2, 2]))).toThrow(
        'coeff of shape [2, 2] does not broadcast to x of shape [2, 3]',
      );
      expect(() => ctu(tf.ones([3]), tf.ones([2, 3]))).toThrow('does not broadcast');
      expect(() => ctu(tf.cast(x, 'int32'), 0.5)).toThrow(
        new TypeError('ctu: x must be float32, got int32; cast it first'),
      );
      expect(() => ctu(x, tf.ones([3], 'int32'))).toThrow('beta must be float32, got int32');
      expect(() => ctu(x, '0.5' as unknown as number)).toThrow('beta must be a number or a tensor, got string');
      expect(() => ctu(x, null as never)).toThrow(new TypeError('ctu: beta must be a number or a tensor, got null'));
      expect(() => ctu(x, 0.5, Promise.resolve(0.5) as never)).toThrow(
        'coeff must be a number or a tensor, got a Promise; await it',
      );
      for (const wrong of [null, undefined, '1', true, {}, () => 1, Symbol('x'), 5n])
        expect(() => ctu(wrong as never, 0.5)).toThrow(/^ctu: x must be a tensor, a number or a list of numbers, got /);
      for (const beta of [Infinity, -Infinity, -1e-9, 1 + 1e-9])
        expect(() => ctu(x, beta)).toThrow(new RangeError(`ctu: beta must lie in [0, 1], got ${beta}`));
      const gone = tf.zeros([2, 3]);
      gone.dispose();
      expect(() => ctu(gone, 0.5)).toThrow(
        new TypeError('ctu: x must be a tensor that was not disposed of, got one of shape [2, 3] that was'),
      );
      expect(() => ctu(x, gone)).toThrow('ctu: beta must be a tensor that was not disposed of');
      expect(() => ctu(tf.ones([1, 1, 1, 1, 1, 1, 1] as never), 0.5)).toThrow(
        'ctu: x must have rank 0 to 6, got shape [1, 1, 1, 1, 1, 1, 1]',
      );
    });

    it('runs the kernel it claims to run', () => {
      expect(kernelsOf(() => ctu([1], 0.5)).some(({ name }) => name === CTU)).toBe(fused);
    });
  });
}
