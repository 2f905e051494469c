/**
 * The unit over arrays whose columns repeat: the arithmetic of the plain JavaScript kernels.
 *
 * Arithmetic and sums are float64, with exponentials good to 3e-10; only the results are rounded. Formulas: math.ts,
 * inlined here because everything that depends on the parameters alone is computed once per parameter instead of once
 * per element.
 */
import { EPSILON, FLOAT32_MAX, phi, phiEven } from '../../math.js';
import type { UnitForm } from '../../unitForm.js';
import { expNegative } from '../expNegative.js';

/** Beyond it exp(−v) is 0, and only infinity · 0 is left to go wrong. */
const UNDERFLOW = 750;

/** Temperatures, curvatures and coefficients over one period of the longer parameter. */
export interface UnitColumns {
  period: number;
  s: Float64Array;
  b: Float64Array;
  c: Float64Array;
}

/** The columns of two parameters. */
export function columnsOf(betas: Float32Array, coeffs: Float32Array): UnitColumns {
  // Both lengths are products of trailing dimensions of one shape, so the longer is a multiple of the shorter.
  const period = Math.max(betas.length, coeffs.length);
  const b = Float64Array.from({ length: period }, (_, k) => betas[k % betas.length]!);
  const c = Float64Array.from({ length: period }, (_, k) => coeffs[k % coeffs.length]!);
  return { period, s: b.map((beta) => 1 - beta + EPSILON), b, c };
}

/** phi of every element. */
export function unitValues(xs: Float32Array, { period, s, b, c }: UnitColumns): Float32Array {
  const ys = new Float32Array(xs.length);
  for (let i = 0, k = 0; i < xs.length; i++) {
    const xi = xs[i]!;
    const a = Math.abs(xi);
    const u = a / s[k]!;
    const e = expNegative(b[k]! * u);
    ys[i] =
      a <= FLOAT32_MAX
        ? (xi > 0 ? xi : 0) - (c[k]! * a * e) / (1 + e) + (1 - c[k]!) * s[k]! * Math.log1p(expNegative(u))
        : phi(xi, b[k]!, c[k]!);
    if (++k === period) k = 0;
  }
  return ys;
}

/** dy·phi' of every element, and with `all` the sums of the parameters' gradients over each column. */
export function unitGradients(
  dys: Float32Array,
  xs: Float32Array,
  { period, s, b, c }: UnitColumns,
  all: boolean,
): { dxs: Float32Array; dbetas: Float64Array; dcoeffs: Float64Array } {
  const dxs = new Float32Array(xs.length);
  const dbetas = new Float64Array(all ? period : 0);
  const dcoeffs = new Float64Array(all ? period : 0);
  for (let i = 0, k = 0; i < xs.length; i++) {
    const xi = xs[i]!;
    const ck = c[k]!;
    const a = Math.abs(xi);
    const u = Math.min(a, FLOAT32_MAX) / s[k]!;
    const v = Math.min(b[k]! * u, UNDERFLOW);
    const ev = expNegative(v);
    const eu = expNegative(u);
    const rv = 1 / (1 + ev);
    const p = ev * rv;
    const q = eu / (1 + eu);
    const even = ck * (p - v * p * rv) + (1 - ck) * q;
    dxs[i] = dys[i]! * (xi > 0 ? 1 - even : even);
    if (all) {
      const log1pExp = Math.log1p(eu);
      const silu = ck === 0 || ev === 0 ? 0 : ck * (1 + EPSILON) * (a / s[k]!) * (a / s[k]!) * p * rv;
      dbetas[k]! += dys[i]! * (silu - (1 - ck) * (u * q + log1pExp));
      dcoeffs[k]! -= dys[i]! * ((p === 0 ? 0 : a * p) + s[k]! * log1pExp);
    }
    if (++k === period) k = 0;
  }
  return { dxs, dbetas, dcoeffs };
}

/** A clipped or leaky unit of every element; clipped by the even parts of phi, which do not cancel. */
export function formValues(xs: Float32Array, columns: UnitColumns, form: UnitForm): Float32Array {
  const [m, alpha] = [Math.fround(form.maxValue), Math.fround(form.alpha)];
  const { period, b, c } = columns;
  const us = m === Infinity ? unitValues(xs, columns) : new Float32Array(xs.length);
  if (m < Infinity)
    for (let i = 0, k = 0; i < xs.length; i++) {
      const x = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, xs[i]!));
      us[i] = Math.min(Math.max(x, 0), m) + (phiEven(x, b[k]!, c[k]!) - phiEven(x - m, b[k]!, c[k]!));
      if (++k === period) k = 0;
    }
  // Infinity · 0 would be NaN.
  return alpha === 0 ? us : us.map((u, i) => alpha * xs[i]! + (1 - alpha) * u);
}

/** The gradients of `formValues`, as `unitGradients` gives those of phi. */
export function formGradients(
  dys: Float32Array,
  xs: Float32Array,
  columns: UnitColumns,
  { all, ...form }: UnitForm & { all: boolean },
): { dxs: Float32Array; dbetas: Float64Array; dcoeffs: Float64Array } {
  const [m, alpha] = [Math.fround(form.maxValue), Math.fround(form.alpha)];
  const gs = alpha === 0 ? dys : dys.map((dy) => (1 - alpha) * dy);
  const total = unitGradients(gs, xs, columns, all);
  const add = (into: Float32Array | Float64Array, other: Float32Array | Float64Array, sign: number): void =>
    other.forEach((value: number, i: number) => (into[i]! += sign * value));
  if (m < Infinity) {
    const above = unitGradients(
      gs,
      xs.map((x) => x - m),
      columns,
      all,
    );
    for (const part of ['dxs', 'dbetas', 'dcoeffs'] as const) add(total[part], above[part], -1);
  }
  if (alpha !== 0) add(total.dxs, dys, alpha);
  return total;
}
