/**
 * `NormalizeBatch` and `NormalizeBatchGrad` in plain JavaScript: statistics in two passes, sums in float64.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from '../normalizeKernel.js';
import type { UnitColumns } from './unitColumns.js';
import { columnsOf, unitGradients, unitValues } from './unitColumns.js';
import { valuesOf } from './valuesOf.js';

/** The forward kernel. */
export const normalizeBatch: KernelFunc = ({ inputs, backend, attrs }) => {
  const cpu = backend as MathBackendCPU;
  const { x, scale, ...rest } = inputs as NormalizeBatchInputs;
  const { epsilon } = attrs as NormalizeBatchAttrs;
  const xs = valuesOf(cpu, x);
  const channels = scale.shape[0]!;
  const statistics = statisticsOf(xs, channels);
  const zs = normalized(xs, statistics, valuesOf(cpu, scale), valuesOf(cpu, rest.offset), epsilon);
  const unit = unitOf(cpu, rest);
  return [
    cpu.makeTensorInfo(x.shape, 'float32', unit === undefined ? zs : unitValues(zs, unit)),
    cpu.makeTensorInfo([2, channels], 'float32', statistics),
  ];
};

/** The backward kernel. */
export const normalizeBatchGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const cpu = backend as MathBackendCPU;
  const { dy, x, statistics, scale, ...rest } = inputs as NormalizeBatchGradInputs;
  const { epsilon, ofScale, ofUnit } = attrs as NormalizeBatchGradAttrs;
  const [xs, dys, saved, scales] = [x, dy, statistics, scale].map((t) => valuesOf(cpu, t)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const channels = scales.length;
  const unit = unitOf(cpu, rest);
  const zs = normalized(xs, saved, scales, valuesOf(cpu, rest.offset), epsilon);
  const throughUnit = unit && unitGradients(dys, zs, unit, ofUnit);
  const g = throughUnit?.dxs ?? dys;
  const r = Float64Array.from({ length: channels }, (_, k) => 1 / Math.sqrt(saved[channels + k]! + epsilon));
  const [sums, products] = [new Float64Array(channels), new Float64Array(channels)];
  const h = (i: number, k: number): number => (xs[i]! - saved[k]!) * r[k]!;
  for (let i = 0, k = 0; i < xs.length; i++) {
    sums[k]! += g[i]!;
    products[k]! += g[i]! * h(i, k);
    if (++k === channels) k = 0;
  }
  const count = xs.length / channels;
  const dxs = new Float32Array(xs.length);
  for (let i = 0, k = 0; i < xs.length; i++) {
    dxs[i] = scales[k]! * r[k]! * (g[i]! - sums[k]! / count - (h(i, k) * products[k]!) / count);
    if (++k === channels) k = 0;
  }
  const parameter = (of: Float64Array): ReturnType<MathBackendCPU['makeTensorInfo']> =>
    cpu.makeTensorInfo([channels], 'float32', Float32Array.from(of));
  return [
    cpu.makeTensorInfo(x.shape, 'float32', dxs),
    ...(ofScale ? [parameter(products), parameter(sums)] : []),
    ...(throughUnit !== undefined && ofUnit ? [parameter(throughUnit.dbetas), parameter(throughUnit.dcoeffs)] : []),
  ];
};

/** Means, then biased variances. */
function statisticsOf(xs: Float32Array, channels: number): Float32Array {
  const count = xs.length / channels;
  const means = new Float64Array(channels);
  const variances = new Float64Array(channels);
  xs.forEach((x, i) => (means[i % channels]! += x / count));
  xs.forEach((x, i) => (variances[i % channels]! += (x - means[i % channels]!) ** 2 / count));
  return Float32Array.of(...means, ...variances);
}

/** scale·(x − m)·r + offset. */
function normalized(
  xs: Float32Array,
  statistics: Float32Array,
  scales: Float32Array,
  offsets: Float32Array,
  epsilon: number,
): Float32Array {
  const channels = scales.length;
  const factors = Float64Array.from(scales, (scale, k) => scale / Math.sqrt(statistics[channels + k]! + epsilon));
  const zs = new Float32Array(xs.length);
  for (let i = 0, k = 0; i < xs.length; i++) {
    zs[i] = (xs[i]! - statistics[k]!) * factors[k]! + offsets[k]!;
    if (++k === channels) k = 0;
  }
  return zs;
}

function unitOf(
  cpu: MathBackendCPU,
  { beta, coeff }: Pick<NormalizeBatchInputs, 'beta' | 'coeff'>,
): UnitColumns | undefined {
  return beta && coeff && columnsOf(valuesOf(cpu, beta), valuesOf(cpu, coeff));
}
