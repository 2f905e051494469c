/**
 * Mean and variance of each channel of a batch, in two programs: those of each group of rows, and their merger (Chan,
 * Golub and LeVeque 1983).
 *
 * They are those of x less the channel's first entry, a difference that rounds by itself alone: so a mean far above the
 * deviation costs the variance no digit.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { run } from './packedProgram.js';

/** A batch as programs read it, in groups of `chunk` rows of texels. */
export interface Batch {
  shape: [batches: number, rows: number, channels: number];
  /** Entries of a channel. */
  count: number;
  /** Rows of texels, each of two rows of the batch, the last of an odd number of rows of one. */
  texelRows: number;
  chunk: number;
  groups: number;
  /** A tensor of x's shape in this one: any view that keeps the last two axes shares the texels. */
  view: (t: TensorInfo) => TensorInfo;
}

/** Reads x as [batches, rows, channels], in about √n groups. */
export function batchOf(x: TensorInfo): Batch {
  const [rows, channels] = [x.shape.at(-2) ?? 1, x.shape.at(-1)!];
  const count = util.sizeFromShape(x.shape) / channels;
  const shape: Batch['shape'] = [count / rows, rows, channels];
  const texelRows = shape[0] * Math.ceil(rows / 2);
  const chunk = Math.ceil(Math.sqrt(texelRows));
  return { shape, count, texelRows, chunk, groups: Math.ceil(texelRows / chunk), view: (t) => ({ ...t, shape }) };
}

/** Mean and biased variance of each channel, [2, channels]. */
export function statisticsOf(webgl: MathBackendWebGL, x: TensorInfo, batch: Batch): TensorInfo {
  const {
    shape: [, , channels],
    groups,
  } = batch;
  const moments = run(
    webgl,
    {
      outputShape: [2 * groups, channels],
      userCode: `
        void main() {
          ivec2 coords = getOutputCoords();
          vec2 own = getX(0, 2 * (coords.x / 2 * ${batch.chunk}), coords.y).xy;
          // As Welford (1962) has it: no difference of large sums, wherever the first entry lies.
          vec2 mean = vec2(0.0);
          vec2 squares = vec2(0.0);
          float count = 0.0;
          ${eachRow(
            batch,
            'coords.x / 2',
            (row) => `
            vec2 d = getX(0, 2 * t, coords.y).${row} - own;
            vec2 apart = d - mean;
            count++;
            mean += apart / count;
            squares += apart * (d - mean);`,
          )}
          vec4 result = vec4(own - getX(0, 0, coords.y).xy + mean, squares / count);
          ${clearSecond('result', 'coords.y', channels)}
          setOutput(result);
        }`,
    },
    { X: batch.view(x) },
  );
  const statistics = run(
    webgl,
    {
      outputShape: [2, channels],
      userCode: `
        ${countOf(batch)}
        void main() {
          int channel = getOutputCoords().y;
          float count = 0.0;
          vec2 mean = vec2(0.0);
          vec2 variance = vec2(0.0);
          for (int g = 0; g < ${groups}; g++) {
            vec4 group = getM(2 * g, channel);
            float own = countOf(g);
            count += own;
            float part = own / count;
            vec2 apart = group.xy - mean;
            mean += apart * part;
            variance += (group.zw - variance) * part + apart * apart * (part * (1.0 - part));
          }
          vec4 result = vec4(getX(0, 0, channel).xy + mean, variance);
          ${clearSecond('result', 'channel', channels)}
          setOutput(result);
        }`,
    },
    { M: moments, X: batch.view(x) },
  );
  webgl.disposeIntermediateTensorInfo(moments);
  return statistics;
}

/** Lines for each row of a group, whose texels' rows are `t`; they name the lanes of the two channels there. */
export function eachRow(
  { shape: [, rows], texelRows, chunk }: Batch,
  group: string,
  lines: (row: 'xy' | 'zw') => string,
): string {
  const perBatch = Math.ceil(rows / 2);
  const isWhole = rows % 2 === 0 ? 'true' : `imod(t, ${perBatch}) < ${perBatch - 1}`;
  // Texels are numbered through from batch to batch, so that row 2t of batch 0 finds the t-th row of texels.
  return `
    for (int i = 0; i < ${chunk}; i++) {
      int t = ${group} * ${chunk} + i;
      if (t >= ${texelRows}) break;
      { ${lines('xy')} }
      if (${isWhole}) { ${lines('zw')} }
    }`;
}

/** `countOf`: the rows of a group. */
export function countOf({ shape: [batches, rows], texelRows, chunk }: Batch): string {
  const perBatch = Math.ceil(rows / 2);
  return `
    int rowsBefore(int t) {
      return t >= ${texelRows} ? ${batches * rows} : t / ${perBatch} * ${rows} + 2 * imod(t, ${perBatch});
    }
    float countOf(int group) {
      return float(rowsBefore((group + 1) * ${chunk}) - rowsBefore(group * ${chunk}));
    }`;
}

/** Zeros for the channel beyond an odd number of them. */
export function clearSecond(variable: string, channel: string, channels: number): string {
  return channels % 2 === 0 ? '' : `if (${channel} == ${channels - 1}) ${variable}.yw = vec2(0.0);`;
}
