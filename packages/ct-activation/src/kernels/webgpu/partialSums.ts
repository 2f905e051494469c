/**
 * Sums over many elements in two levels, or three: how the partial sums of the first lie, and the programs of the
 * others.
 *
 * x is read as a matrix whose number of columns is a multiple of the sizes of all parameters, the last row cut short; a
 * group is about √rows rows, and a thread takes one column of one. So the flat index of a partial sum, mod the size of
 * a parameter, says whose it is.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { run, WORKGROUP_SIZE } from './flatProgram.js';

/** Columns of the partial sums, at least: neighbouring threads read neighbouring elements. */
const COLUMNS = 256;
/** Partial sums of an element, at most, that a final sum takes: one workgroup adds them up. */
const MOST_TERMS = 16_384;

/** How `size` elements of a buffer are divided among threads, one for each partial sum. */
export function groupsOf(size: number, period: number): { columns: number; chunk: number; sums: number } {
  const columns = period * Math.min(Math.ceil(COLUMNS / period), size / period);
  const rows = Math.ceil(size / columns);
  const chunk = Math.ceil(Math.sqrt(rows));
  return { columns, chunk, sums: Math.ceil(rows / chunk) * columns };
}

/**
 * The sums of some rows of partial sums, [rows, sums], in fewer terms where an element of a parameter has more than
 * MOST_TERMS; disposes of `partial` then. Terms whose index differs by a multiple of `kept`, itself one of the sizes,
 * belong to one element.
 */
export function fewer(webgpu: WebGPUBackend, partial: TensorInfo, sizes: number[]): TensorInfo {
  const [rows, sums] = partial.shape as [number, number];
  if (sums / Math.min(...sizes) <= MOST_TERMS) return partial;
  const period = Math.max(...sizes);
  // About as many threads as each has terms, in whole periods, and enough of them to fill a card.
  const kept = period * Math.ceil(Math.max(Math.sqrt(sums), 4 * COLUMNS) / period);
  const result = run(webgpu, {
    name: 'fewer',
    buffers: { P: { info: partial, width: 1 } },
    width: 1,
    threads: rows * kept,
    outputShape: [rows, kept],
    integers: { sums, kept, rows },
    userCode: `
      fn main(index : i32) {
        if (index >= uniforms.rows * uniforms.kept) { return; }
        let row = index / uniforms.kept * uniforms.sums;
        var sum = 0.0;
        for (var i = index % uniforms.kept; i < uniforms.sums; i += uniforms.kept) { sum += P[row + i]; }
        setOutputAtIndex(index, sum);
      }`,
  });
  webgpu.disposeData(partial.dataId);
  return result;
}

/** The partial sums from one row on, each row brought together in the last axis of `outputShape`. */
export function finalSums(
  webgpu: WebGPUBackend,
  partial: TensorInfo,
  { row, size, outputShape }: { row: number; size: number; outputShape: number[] },
): TensorInfo {
  const sums = partial.shape[1]!;
  const outputs = util.sizeFromShape(outputShape);
  const terms = sums / size;
  const lanes = lanesFor(terms);
  return run(webgpu, {
    name: `final_${lanes}`,
    buffers: { P: { info: partial, width: 1 } },
    width: 1,
    threads: outputs * lanes,
    outputShape,
    integers: { row, sums, size, terms, outputs },
    userCode: `
      var<workgroup> sums : array<f32, ${WORKGROUP_SIZE}>;
      fn main(index : i32) {
        let lane = index % ${lanes};
        let output = index / ${lanes};
        var sum = 0.0;
        if (output < uniforms.outputs) {
          let first = (uniforms.row + output / uniforms.size) * uniforms.sums + output % uniforms.size;
          for (var i = lane; i < uniforms.terms; i += ${lanes}) { sum += P[first + i * uniforms.size]; }
        }
        sums[localIndex] = sum;
        for (var reach = ${lanes}u / 2u; reach > 0u; reach /= 2u) {
          workgroupBarrier();
          if (u32(lane) < reach) { sums[localIndex] += sums[localIndex + reach]; }
        }
        if (lane == 0 && output < uniforms.outputs) { setOutputAtIndex(output, sums[localIndex]); }
      }`,
  });
}

/** Threads that share one output: a power of two, so that a workgroup holds whole outputs and halving adds them up. */
export function lanesFor(terms: number): number {
  return Math.min(WORKGROUP_SIZE, 2 ** Math.floor(Math.log2(terms)));
}
