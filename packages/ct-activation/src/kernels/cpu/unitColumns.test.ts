import { expect, it } from 'vitest';
import { phi, phiDbeta, phiDcoeff, phiDx } from '../../math.js';
import { columnsOf, unitGradients, unitValues } from './unitColumns.js';

const betas = Float32Array.of(0.2, 0.9);
const coeffs = Float32Array.of(0.5, 0.1, 0.3, 1);
const xs = Float32Array.of(-3, -0.5, 0, 0.1, 2, 40, -40, 1e-3);
const dys = Float32Array.of(1, -2, 0.5, 1, 3, -1, 2, 0.25);

it('repeats the shorter parameter over a period of the longer', () => {
  const { period, s, b, c } = columnsOf(betas, coeffs);
  expect(period).toBe(4);
  expect([...b]).toEqual([...betas, ...betas]);
  expect([...c]).toEqual([...coeffs]);
  s.forEach((value, k) => expect(value).toBeCloseTo(1 - b[k]! + 1e-6, 12));
});

it('gives values and gradients of math.ts to 1e-7, and sums by column', () => {
  const columns = columnsOf(betas, coeffs);
  const at = (f: (x: number, b: number, c: number) => number, i: number): number =>
    f(xs[i]!, columns.b[i % 4]!, columns.c[i % 4]!);
  const ys = unitValues(xs, columns);
  const { dxs, dbetas, dcoeffs } = unitGradients(dys, xs, columns, true);
  xs.forEach((_, i) => {
    expect(ys[i]! / Math.max(1, Math.abs(at(phi, i)))).toBeCloseTo(at(phi, i) / Math.max(1, Math.abs(at(phi, i))), 6);
    expect(dxs[i]).toBeCloseTo(dys[i]! * at(phiDx, i), 6);
  });
  for (const k of [0, 1, 2, 3]) {
    expect(dbetas[k]).toBeCloseTo(dys[k]! * at(phiDbeta, k) + dys[k + 4]! * at(phiDbeta, k + 4), 7);
    expect(dcoeffs[k]).toBeCloseTo(dys[k]! * at(phiDcoeff, k) + dys[k + 4]! * at(phiDcoeff, k + 4), 7);
  }
  expect(unitGradients(dys, xs, columns, false).dbetas).toHaveLength(0);
});
