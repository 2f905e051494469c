/**
 * The fused kernels of the plain JavaScript backend: `import '@curvature-tuning/activation/cpu'`.
 *
 * The reference for the other backends' kernels: one loop forward, one loop backward that yields dx, dbeta and dcoeff
 * together. Arithmetic: cpu/unitColumns.ts; batch normalisation with the unit behind it: cpu/normalizeBatch.ts.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { CtuFormAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { kernelsOfForms, registerCtuKernels } from './kernel.js';
import { normalizeBatch, normalizeBatchGrad } from './cpu/normalizeBatch.js';
import { columnsOf, formGradients, formValues } from './cpu/unitColumns.js';
import { valuesOf } from './cpu/valuesOf.js';

const ctuForm: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  const { maxValue, alpha } = attrs as CtuFormAttrs;
  const cpu = backend as MathBackendCPU;
  const columns = columnsOf(valuesOf(cpu, beta), valuesOf(cpu, coeff));
  return cpu.makeTensorInfo(x.shape, 'float32', formValues(valuesOf(cpu, x), columns, { maxValue, alpha }));
};

const ctuFormGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const { wrt, maxValue, alpha } = attrs as CtuFormAttrs;
  const cpu = backend as MathBackendCPU;
  const all = wrt === 'all';
  const columns = columnsOf(valuesOf(cpu, beta), valuesOf(cpu, coeff));
  const form = { maxValue, alpha, all };
  const { dxs, dbetas, dcoeffs } = formGradients(valuesOf(cpu, dy), valuesOf(cpu, x), columns, form);
  const dx = cpu.makeTensorInfo(x.shape, 'float32', dxs);
  return all ? [dx, fold(cpu, dbetas, beta), fold(cpu, dcoeffs, coeff)] : [dx];
};

/** The sums over one period, brought to the parameter's own, possibly shorter, length. */
function fold(cpu: MathBackendCPU, sums: Float64Array, parameter: TensorInfo): TensorInfo {
  const length = parameter.shape.reduce((a, b) => a * b, 1);
  const folded = new Float64Array(length);
  sums.forEach((sum, k) => (folded[k % length]! += sum));
  return cpu.makeTensorInfo(parameter.shape, 'float32', Float32Array.from(folded));
}

registerCtuKernels('cpu', { ...kernelsOfForms(ctuForm, ctuFormGrad), normalizeBatch, normalizeBatchGrad });
