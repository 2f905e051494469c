/**
 * The fused kernels of the plain JavaScript backend: `import '@curvature-tuning/activation/cpu'`.
 *
 * The reference for the other backends' kernels: one loop forward, one loop backward that yields dx, dbeta and dcoeff
 * together. Arithmetic and sums are float64, with exponentials good to 3e-10; only the results are rounded. Formulas:
 * math.ts, inlined here because everything that depends on the parameters alone is computed once per parameter
 * instead of once per element.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { EPSILON, phi } from '../math.js';
import type { CtuGradAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { expNegative } from './expNegative.js';
import { registerCtuKernels } from './kernel.js';

const FLOAT32_MAX = 3.4028234663852886e38;
/** Beyond it exp(−v) is 0, and only infinity · 0 is left to go wrong. */
const UNDERFLOW = 750;

const ctu: KernelFunc = ({ inputs, backend }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  const cpu = backend as MathBackendCPU;
  const xs = values(cpu, x);
  const { period, s, b, c } = parameters(cpu, beta, coeff);
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
  return cpu.makeTensorInfo(x.shape, 'float32', ys);
};

const ctuGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const cpu = backend as MathBackendCPU;
  const dys = values(cpu, dy);
  const xs = values(cpu, x);
  const { period, s, b, c } = parameters(cpu, beta, coeff);
  const dxs = new Float32Array(xs.length);
  const all = (attrs as CtuGradAttrs).wrt === 'all';
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
  const dx = cpu.makeTensorInfo(x.shape, 'float32', dxs);
  return all ? [dx, fold(cpu, dbetas, beta), fold(cpu, dcoeffs, coeff)] : [dx];
};

function values(cpu: MathBackendCPU, t: TensorInfo): Float32Array {
  return cpu.data.get(t.dataId).values as Float32Array;
}

/** Temperatures, curvatures and coefficients over one period of the longer parameter. */
function parameters(
  cpu: MathBackendCPU,
  beta: TensorInfo,
  coeff: TensorInfo,
): { period: number; s: Float64Array; b: Float64Array; c: Float64Array } {
  const betas = values(cpu, beta);
  const coeffs = values(cpu, coeff);
  // Both lengths are products of trailing dimensions of one shape, so the longer is a multiple of the shorter.
  const period = Math.max(betas.length, coeffs.length);
  const b = Float64Array.from({ length: period }, (_, k) => betas[k % betas.length]!);
  const c = Float64Array.from({ length: period }, (_, k) => coeffs[k % coeffs.length]!);
  return { period, s: b.map((beta) => 1 - beta + EPSILON), b, c };
}

/** The sums over one period, brought to the parameter's own, possibly shorter, length. */
function fold(cpu: MathBackendCPU, sums: Float64Array, parameter: TensorInfo): TensorInfo {
  const length = parameter.shape.reduce((a, b) => a * b, 1);
  const folded = new Float64Array(length);
  sums.forEach((sum, k) => (folded[k % length]! += sum));
  return cpu.makeTensorInfo(parameter.shape, 'float32', Float32Array.from(folded));
}

registerCtuKernels('cpu', { ctu, ctuGrad });
