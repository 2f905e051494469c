import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { composedCtu, composedCtuGrad } from './composed.js';
import { phi, phiDbeta, phiDcoeff, phiDx } from './math.js';

beforeAll(async () => void (await setBackend('cpu')));

const XS = [-30, -2, -0.75, -1e-4, 0, 1e-4, 0.5, 3, 30];
const BETAS = [0, 0.3, 0.9];
const COEFFS = [1, 0.25, 0.5];

/** Rows of x, one for each channel's beta and c. */
const inputs = (): { x: Tensor; beta: Tensor; coeff: Tensor } => ({
  x: tensor2d(XS.map((x) => BETAS.map(() => x))),
  beta: tensor1d(BETAS),
  coeff: tensor1d(COEFFS),
});

/** The largest difference from what float64 has, as a part of the larger of that and 1. */
function largestError(actual: Tensor, expected: (channel: number, x: number) => number): number {
  const values = actual.dataSync();
  const errors = XS.flatMap((x, row) =>
    BETAS.map((_, k) => {
      const exact = expected(k, x);
      return Math.abs(values[row * BETAS.length + k]! - exact) / Math.max(1, Math.abs(exact));
    }),
  );
  return Math.max(...errors);
}

it('agrees with phi and its derivative in x in float64, to 2e-6', () => {
  const { x, beta, coeff } = inputs();
  expect(largestError(composedCtu(x, beta, coeff), (k, at) => phi(at, BETAS[k]!, COEFFS[k]!))).toBeLessThan(2e-6);
  const [dx, ...others] = composedCtuGrad({ dy: tensor2d(XS.map(() => [1, 1, 1])), x, beta, coeff }, 'x');
  expect(others).toEqual([]);
  expect(largestError(dx!, (k, at) => phiDx(at, BETAS[k]!, COEFFS[k]!))).toBeLessThan(2e-6);
});

it('sums the gradients of beta and c over the rows, each to the shape of its own, to 1e-5', () => {
  const { x, beta, coeff } = inputs();
  const dy = tensor2d(XS.map((_, row) => BETAS.map((_, k) => 0.1 * (row - 2 * k + 1))));
  const [, dbeta, dcoeff] = composedCtuGrad({ dy, x, beta, coeff }, 'all');
  expect([dbeta!.shape, dcoeff!.shape]).toEqual([[3], [3]]);
  const summed = (derivative: (x: number, beta: number, coeff: number) => number): number[] =>
    BETAS.map((b, k) => XS.reduce((sum, at, row) => sum + 0.1 * (row - 2 * k + 1) * derivative(at, b, COEFFS[k]!), 0));
  for (const [gradient, derivative] of [
    [dbeta!, phiDbeta],
    [dcoeff!, phiDcoeff],
  ] as const)
    summed(derivative).forEach((exact, k) =>
      expect(Math.abs(gradient.dataSync()[k]! - exact) / Math.max(1, Math.abs(exact))).toBeLessThan(1e-5),
    );
});

it('has the limits at infinity, keeps NaN, and leaves no tensor but its outputs', () => {
  const x = tensor1d([Infinity, -Infinity, NaN]);
  const [beta, coeff] = [tensor1d([0.5, 0.5, 0.5]), tensor1d([0.5, 0.5, 0.5])];
  const before = memory().numTensors;
  const y = composedCtu(x, beta, coeff);
  expect([...y.dataSync()]).toEqual([Infinity, 0, NaN]);
  const gradients = composedCtuGrad({ dy: y, x, beta, coeff }, 'all');
  expect(memory().numTensors).toBe(before + 4);
  [y, ...gradients].forEach((t) => t.dispose());
});
