/**
 * Mean and variance of each channel of a batch, in two programs: mean and squared deviations of each group of rows, and
 * their merger (Chan, Golub and LeVeque 1983).
 *
 * They are those of x less the channel's first entry, a difference that rounds by itself alone: so a mean far above the
 * deviation costs the variance no digit.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Width } from './flatProgram.js';
import { lanesOf, run, sizeOf, WORKGROUP_SIZE } from './flatProgram.js';
import { groupsOf, lanesFor } from './partialSums.js';

/** x, and how it is read: `period` elements of its buffer are one row. */
export interface Batch {
  x: TensorInfo;
  channels: number;
  width: Width;
  size: number;
  period: number;
}

/** Reads x by vectors of four where its channels allow. */
export function batchOf(x: TensorInfo): Batch {
  const channels = x.shape.at(-1)!;
  const width = channels % 4 === 0 ? 4 : 1;
  return { x, channels, width, size: sizeOf(x) / width, period: channels / width };
}

/** Mean and biased variance of each channel, [2, channels]. */
export function statisticsOf(webgpu: WebGPUBackend, { x, channels, width, size, period }: Batch): TensorInfo {
  const { type } = lanesOf(width);
  const { columns, chunk, sums } = groupsOf(size, period);
  const moments = run(webgpu, {
    name: 'moments',
    buffers: { X: { info: x, width } },
    width,
    threads: sums,
    outputShape: [2, sums * width],
    integers: { size, period, columns, chunk, sums },
    userCode: `
      fn main(index : i32) {
        if (index >= uniforms.sums) { return; }
        let column = index % uniforms.columns;
        let first = index / uniforms.columns * uniforms.chunk;
        let last = min(first + uniforms.chunk, (uniforms.size - column + uniforms.columns - 1) / uniforms.columns);
        let own = X[min(first * uniforms.columns + column, uniforms.size - 1)];
        // As Welford (1962) has it: no difference of large sums, wherever the first entry lies.
        var mean = ${type}();
        var squares = ${type}();
        for (var r = first; r < last; r++) {
          let d = X[r * uniforms.columns + column] - own;
          let apart = d - mean;
          mean += apart / f32(r - first + 1);
          squares += apart * (d - mean);
        }
        setOutputAtIndex(index, (own - X[column % uniforms.period]) + mean);
        setOutputAtIndex(index + uniforms.sums, squares);
      }`,
  });
  const terms = sums / period;
  const lanes = lanesFor(terms);
  const statistics = run(webgpu, {
    name: `statistics_${lanes}_${width}`,
    buffers: { M: { info: moments, width: 1 }, X: { info: x, width: 1 } },
    width: 1,
    threads: channels * lanes,
    outputShape: [2, channels],
    integers: { size, columns, chunk, sums: sums * width, terms, channels },
    userCode: `
      // Entries, their mean and the sum of their squared deviations.
      var<workgroup> merged : array<vec3<f32>, ${WORKGROUP_SIZE}>;
      fn merge(a : vec3<f32>, b : vec3<f32>) -> vec3<f32> {
        if (b.x == 0.0) { return a; }
        let count = a.x + b.x;
        let apart = b.y - a.y;
        let part = b.x / count;
        return vec3<f32>(count, a.y + apart * part, a.z + b.z + apart * apart * (a.x * part));
      }
      fn main(index : i32) {
        let lane = index % ${lanes};
        let channel = index / ${lanes};
        var all = vec3<f32>();
        if (channel < uniforms.channels) {
          for (var i = lane; i < uniforms.terms; i += ${lanes}) {
            let at = channel + i * uniforms.channels;
            let column = at / ${width} % uniforms.columns;
            let before = at / ${width} / uniforms.columns * uniforms.chunk;
            let rows = (uniforms.size - column + uniforms.columns - 1) / uniforms.columns;
            let count = f32(clamp(rows - before, 0, uniforms.chunk));
            all = merge(all, vec3<f32>(count, M[at], M[at + uniforms.sums]));
          }
        }
        merged[localIndex] = all;
        for (var reach = ${lanes}u / 2u; reach > 0u; reach /= 2u) {
          workgroupBarrier();
          if (u32(lane) < reach) { merged[localIndex] = merge(merged[localIndex], merged[localIndex + reach]); }
        }
        if (lane == 0 && channel < uniforms.channels) {
          let entire = merged[localIndex];
          setOutputAtIndex(channel, X[channel] + entire.y);
          setOutputAtIndex(channel + uniforms.channels, entire.z / entire.x);
        }
      }`,
  });
  webgpu.disposeData(moments.dataId);
  return statistics;
}
