/**
 * `NormalizeBatch` and `NormalizeBatchGrad` on the WebGPU backend.
 *
 * Forward are three programs: two for the statistics, and the value. Backward: partial sums of g·h and g, with those of
 * dbeta and dcoeff where they are wanted; one that makes of them what dx needs of each channel, so that dx reads few
 * enough buffers for any device; a final sum for each gradient of a parameter, or for that of a pair; and dx.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { PLAIN } from '../../unitForm.js';
import type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from '../normalizeKernel.js';
import type { Batch } from './batchStatistics.js';
import { batchOf, statisticsOf } from './batchStatistics.js';
import type { FlatProgram } from './flatProgram.js';
import { lanesOf, run, WORKGROUP_SIZE } from './flatProgram.js';
import { fewer, finalSums, groupsOf, lanesFor } from './partialSums.js';
import { backwardOf, forwardOf } from './unitArithmetic.js';
import { unitLines } from './unitLines.js';

/** The forward kernel. */
export const normalizeBatch: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgpu = backend as WebGPUBackend;
  const { x, ...parameters } = inputs as NormalizeBatchInputs;
  const { epsilon } = attrs as NormalizeBatchAttrs;
  const batch = batchOf(x);
  const statistics = statisticsOf(webgpu, batch);
  return [value(webgpu, batch, { ...parameters, statistics }, epsilon), statistics];
};

/** The backward kernel. */
export const normalizeBatchGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgpu = backend as WebGPUBackend;
  const { dy, x, ...parameters } = inputs as NormalizeBatchGradInputs;
  const { epsilon, ofScale, ofUnit } = attrs as NormalizeBatchGradAttrs;
  const batch = batchOf(x);
  const { channels } = batch;
  const partial = fewer(webgpu, partialSums(webgpu, { ...batch, dy }, parameters, { epsilon, ofUnit }), [channels]);
  const sumsOf = (row: number, outputShape: number[]): TensorInfo =>
    finalSums(webgpu, partial, { row, size: channels, outputShape });
  const { pair } = parameters;
  const ofParameters = [...(ofScale ? [0, 1] : []), ...(ofUnit && pair === undefined ? [2, 3] : [])].map((row) =>
    sumsOf(row, [channels]),
  );
  if (ofUnit && pair !== undefined) ofParameters.push(sumsOf(2, pair.shape));
  const line = lineOf(webgpu, { batch, partial }, parameters, epsilon);
  webgpu.disposeData(partial.dataId);
  const dx = gradientInX(webgpu, { ...batch, dy }, line, parameters);
  webgpu.disposeData(line.dataId);
  return [dx, ...ofParameters];
};

/** What belongs to channels. */
type PerChannel = Pick<NormalizeBatchGradInputs, 'statistics' | 'scale' | 'offset' | 'beta' | 'coeff' | 'pair'>;

/** phi(z), or z where there is no unit. */
function value(webgpu: WebGPUBackend, batch: Batch, parameters: PerChannel, epsilon: number): TensorInfo {
  const { buffers, functions, channel, element } = normalisation(batch, parameters);
  const { width, size, period } = batch;
  const unit = unitLines(width, parameters);
  return run(webgpu, {
    name: `normalize_${unit.isThere}`,
    buffers: { ...buffers, ...unit.buffers },
    width,
    threads: size,
    outputShape: batch.x.shape,
    integers: { size, period },
    floats: { epsilon },
    userCode: `
      ${functions}
      ${unit.isThere ? forwardOf(PLAIN) : ''}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let k = index % uniforms.period;
        ${channel}
        ${element('index')}
        ${unit.parameters}
        setOutputAtIndex(index, ${unit.value});
      }`,
  });
}

/** Partial sums, [2, groups · columns] or, with those of dbeta and dcoeff, [4, ...]: of g·h and of g. */
function partialSums(
  webgpu: WebGPUBackend,
  batch: Batch & { dy: TensorInfo },
  parameters: PerChannel,
  { epsilon, ofUnit }: { epsilon: number; ofUnit: boolean },
): TensorInfo {
  const { buffers, functions, channel, element } = normalisation(batch, parameters);
  const { dy, width, size, period } = batch;
  const unit = unitLines(width, parameters);
  const { columns, chunk, sums } = groupsOf(size, period);
  const terms = ['g * (centred * r)', 'g', ...(ofUnit ? [unit.term('y'), unit.term('z')] : [])];
  return run(webgpu, {
    name: `normalizeSums_${unit.isThere}_${ofUnit}`,
    buffers: { ...buffers, Dy: { info: dy, width }, ...unit.buffers },
    width,
    threads: sums,
    outputShape: [terms.length, sums * width],
    integers: { size, period, columns, chunk, sums },
    floats: { epsilon },
    userCode: `
      ${functions}
      ${unit.isThere ? backwardOf(PLAIN) : ''}
      fn main(index : i32) {
        if (index >= uniforms.sums) { return; }
        let column = index % uniforms.columns;
        let k = column % uniforms.period;
        ${channel}
        ${unit.parameters}
        ${terms.map((_, row) => `var sum${row} = ${lanesOf(width).type}();`).join('\n')}
        let first = index / uniforms.columns * uniforms.chunk;
        for (var row = first; row < first + uniforms.chunk; row++) {
          let i = row * uniforms.columns + column;
          if (i >= uniforms.size) { break; }
          ${element('i')}
          ${unit.through('i')}
          ${terms.map((term, row) => `sum${row} += ${term};`).join('\n')}
        }
        ${terms.map((_, row) => `setOutputAtIndex(index + ${row} * uniforms.sums, sum${row});`).join('\n')}
      }`,
  });
}

/**
 * What dx and z need of each channel, [5, channels]: the mean, scale·r, offset, mean(g) and r·mean(g·h), so that
 *
 *     dx = scale·r·(g − mean(g) − (x − mean)·r·mean(g·h)),   z = (x − mean)·scale·r + offset
 */
function lineOf(
  webgpu: WebGPUBackend,
  { batch, partial }: { batch: Batch; partial: TensorInfo },
  { statistics, scale, offset }: PerChannel,
  epsilon: number,
): TensorInfo {
  const { channels, size, period } = batch;
  const sums = partial.shape[1]!;
  const terms = sums / channels;
  const lanes = lanesFor(terms);
  const infos = { P: partial, Statistics: statistics, Scale: scale, Offset: offset };
  return run(webgpu, {
    name: `normalizeLine_${lanes}`,
    buffers: Object.fromEntries(Object.entries(infos).map(([name, info]) => [name, { info, width: 1 }])),
    width: 1,
    threads: channels * lanes,
    outputShape: [5, channels],
    integers: { sums, terms, channels },
    floats: { epsilon, count: size / period },
    userCode: `
      ${inverseRoot('f32')}
      var<workgroup> sums : array<vec2<f32>, ${WORKGROUP_SIZE}>;
      fn main(index : i32) {
        let lane = index % ${lanes};
        let k = index / ${lanes};
        var sum = vec2<f32>();
        if (k < uniforms.channels) {
          for (var i = lane; i < uniforms.terms; i += ${lanes}) {
            let at = k + i * uniforms.channels;
            sum += vec2<f32>(P[at], P[at + uniforms.sums]);
          }
        }
        sums[localIndex] = sum;
        for (var reach = ${lanes}u / 2u; reach > 0u; reach /= 2u) {
          workgroupBarrier();
          if (u32(lane) < reach) { sums[localIndex] += sums[localIndex + reach]; }
        }
        if (lane == 0 && k < uniforms.channels) {
          let r = inverseRoot(Statistics[uniforms.channels + k] + uniforms.epsilon);
          let means = sums[localIndex] / uniforms.count;
          setOutputAtIndex(k, Statistics[k]);
          setOutputAtIndex(k + uniforms.channels, Scale[k] * r);
          setOutputAtIndex(k + 2 * uniforms.channels, Offset[k]);
          setOutputAtIndex(k + 3 * uniforms.channels, means.y);
          setOutputAtIndex(k + 4 * uniforms.channels, r * means.x);
        }
      }`,
  });
}

/** dx, of what `lineOf` says of each channel. */
function gradientInX(
  webgpu: WebGPUBackend,
  { x, dy, width, size, period }: Batch & { dy: TensorInfo },
  line: TensorInfo,
  parameters: PerChannel,
): TensorInfo {
  const unit = unitLines(width, parameters);
  return run(webgpu, {
    name: `normalizeDx_${unit.isThere}`,
    buffers: { X: { info: x, width }, Dy: { info: dy, width }, Line: { info: line, width }, ...unit.buffers },
    width,
    threads: size,
    outputShape: x.shape,
    integers: { size, period },
    userCode: `
      ${unit.isThere ? backwardOf(PLAIN) : ''}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let k = index % uniforms.period;
        let factor = Line[k + uniforms.period];
        let centred = X[index] - Line[k];
        let z = centred * factor + Line[k + 2 * uniforms.period];
        ${unit.parameters}
        ${unit.through('index')}
        setOutputAtIndex(index, factor * (g - Line[k + 3 * uniforms.period] - centred * Line[k + 4 * uniforms.period]));
      }`,
  });
}

/** What the value and the partial sums share: buffers, and the lines that normalise. */
function normalisation(
  { x, width }: Batch,
  { statistics, scale, offset }: PerChannel,
): { buffers: FlatProgram['buffers']; functions: string; channel: string; element: (index: string) => string } {
  const infos = { X: x, Statistics: statistics, Scale: scale, Offset: offset };
  return {
    buffers: Object.fromEntries(Object.entries(infos).map(([name, info]) => [name, { info, width }])),
    functions: inverseRoot(lanesOf(width).type),
    // Reads what belongs to channel k.
    channel: `
      let mean = Statistics[k];
      let r = inverseRoot(Statistics[uniforms.period + k] + uniforms.epsilon);
      let factor = Scale[k] * r;
      let offset = Offset[k];`,
    element: (index) => `
      let centred = X[${index}] - mean;
      let z = centred * factor + offset;`,
  };
}

/** Cards' own is good to a few ulp: with a step of Newton's. */
const inverseRoot = (type: string): string => `
  fn inverseRoot(v : ${type}) -> ${type} {
    let r = inverseSqrt(v);
    return r + 0.5 * r * (1.0 - v * r * r);
  }`;
