/**
 * `CtuPair` and `CtuPairGrad` on the WebGPU backend.
 *
 * Backward are dx, the partial sums of dbeta and dcoeff, one program that makes them fewer where they are very many,
 * and one that adds both up.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnitForm } from '../../unitForm.js';
import type { CtuPairGradInputs, CtuPairInputs } from '../pairKernel.js';
import { batchOf } from './batchStatistics.js';
import type { FlatProgram } from './flatProgram.js';
import { lanesOf, run } from './flatProgram.js';
import { fewer, finalSums, groupsOf } from './partialSums.js';
import { backwardOf, forwardOf, nameOf } from './unitArithmetic.js';
import type { UnitLines } from './unitLines.js';
import { unitLines } from './unitLines.js';

type FormAttrs = UnitForm & Record<string, number>;

/** The forward kernel. */
export const ctuPair: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, pair } = inputs as CtuPairInputs;
  const form = attrs as FormAttrs;
  return elementwise(backend as WebGPUBackend, x, { pair }, (unit) => ({
    name: `pairY_${nameOf(form)}`,
    functions: forwardOf(form),
    result: unit.value,
  }));
};

/** The backward kernel. */
export const ctuPairGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgpu = backend as WebGPUBackend;
  const { x, dy, pair } = inputs as CtuPairGradInputs;
  const form = attrs as FormAttrs;
  const dx = elementwise(webgpu, x, { dy, pair }, (unit) => ({
    name: `pairDx_${nameOf(form)}`,
    functions: backwardOf(form),
    lines: unit.through('index'),
    result: 'g',
  }));
  const size = pair.shape[1]!;
  const partial = fewer(webgpu, partialSums(webgpu, x, { dy, pair }, form), [size]);
  const dpair = finalSums(webgpu, partial, { row: 0, size, outputShape: pair.shape });
  webgpu.disposeData(partial.dataId);
  return [dx, dpair];
};

/** What an elementwise program computes. */
interface Elementwise {
  name: string;
  functions: string;
  lines?: string;
  result: string;
}

function elementwise(
  webgpu: WebGPUBackend,
  x: TensorInfo,
  { dy, pair }: { dy?: TensorInfo; pair: TensorInfo },
  of: (unit: UnitLines) => Elementwise,
): TensorInfo {
  const { width, size, period } = batchOf(x);
  const unit = unitLines(width, { pair });
  const { name, functions, lines = '', result } = of(unit);
  return run(webgpu, {
    name,
    buffers: { X: { info: x, width }, ...(dy && { Dy: { info: dy, width } }), ...unit.buffers },
    width,
    threads: size,
    outputShape: x.shape,
    integers: { size, period },
    userCode: `
      ${functions}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let k = index % uniforms.period;
        let z = X[index];
        ${unit.parameters}
        ${lines}
        setOutputAtIndex(index, ${result});
      }`,
  });
}

/** Partial sums, [2, groups · columns]: dbeta's, then dcoeff's. */
function partialSums(
  webgpu: WebGPUBackend,
  x: TensorInfo,
  { dy, pair }: { dy: TensorInfo; pair: TensorInfo },
  form: UnitForm,
): TensorInfo {
  const { width, size, period } = batchOf(x);
  const { type } = lanesOf(width);
  const unit = unitLines(width, { pair });
  const { columns, chunk, sums } = groupsOf(size, period);
  const buffers: FlatProgram['buffers'] = { X: { info: x, width }, Dy: { info: dy, width }, ...unit.buffers };
  return run(webgpu, {
    name: `pairSums_${nameOf(form)}`,
    buffers,
    width,
    threads: sums,
    outputShape: [2, sums * width],
    integers: { size, period, columns, chunk, sums },
    userCode: `
      ${backwardOf(form)}
      fn main(index : i32) {
        if (index >= uniforms.sums) { return; }
        let column = index % uniforms.columns;
        let k = column % uniforms.period;
        ${unit.parameters}
        var dbeta = ${type}();
        var dcoeff = ${type}();
        let first = index / uniforms.columns * uniforms.chunk;
        for (var row = first; row < first + uniforms.chunk; row++) {
          let i = row * uniforms.columns + column;
          if (i >= uniforms.size) { break; }
          let z = X[i];
          ${unit.through('i')}
          dbeta += ${unit.term('y')};
          dcoeff += ${unit.term('z')};
        }
        setOutputAtIndex(index, dbeta);
        setOutputAtIndex(index + uniforms.sums, dcoeff);
      }`,
  });
}
