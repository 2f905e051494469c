/**
 * The sums of resampling, row by row: in WebAssembly where there is SIMD, else in JavaScript, equal to the bit.
 */
import { flat, mostOpen, PRECISION_BITS } from './rowTaps.js';
import type { RowResampler, Taps, Weights } from './rowTaps.js';
import { wasmResampler } from './wasmResampler.js';

/**
 * Scales rows of `width` pixels of `channels` bytes as they come: along the row at once, down the columns by adding
 * each row to the few output rows it is part of, so that memory does not grow with the image.
 */
export function rowResampler(
  width: number,
  channels: number,
  columns: readonly Weights[],
  rows: readonly Weights[],
): RowResampler {
  return wasmResampler(width, channels, columns, rows) ?? scriptResampler(width, channels, columns, rows);
}

/** {@link rowResampler} in JavaScript. */
export function scriptResampler(
  width: number,
  channels: number,
  columns: readonly Weights[],
  rows: readonly Weights[],
): RowResampler {
  const rowLength = columns.length * channels;
  const taps = flat(columns);
  const result = new Uint8Array(rows.length * rowLength);
  const narrow = new Uint8Array(rowLength);
  const open = mostOpen(rows);
  const sums = new Int32Array(open * rowLength);
  let y = 0;
  let done = 0;

  const takeRow = (pixels: Uint8Array): void => {
    // Rows above and below the box are of no use.
    if ((rows[done]?.first ?? Infinity) <= y) {
      narrowRow(pixels, channels, taps, narrow);
      for (let o = done, output = rows[o]; output && output.first <= y; output = rows[++o]) {
        const at = (o % open) * rowLength;
        const weight = output.weights[y - output.first]!;
        if (y === output.first) sums.fill(1 << (PRECISION_BITS - 1), at, at + rowLength);
        for (let i = 0; i < rowLength; i++) sums[at + i]! += Math.imul(narrow[i]!, weight);
      }
    }
    y++;
    for (let output = rows[done]; output && output.first + output.weights.length <= y; output = rows[++done]) {
      const at = (done % open) * rowLength;
      for (let i = 0; i < rowLength; i++) result[done * rowLength + i] = toByte(sums[at + i]!);
    }
  };
  return {
    result,
    push: (pixels) => {
      const length = width * channels;
      for (let start = 0; start < pixels.length; start += length) takeRow(pixels.subarray(start, start + length));
    },
  };
}

/** Resamples one row into `narrow`. */
function narrowRow(pixels: Uint8Array, channels: number, { first, begin, weights }: Taps, narrow: Uint8Array): void {
  const half = 1 << (PRECISION_BITS - 1);
  let position = 0;
  if (channels === 3) {
    // The three sums of a colour at once.
    for (let i = 0; i < first.length; i++) {
      let [red, green, blue] = [half, half, half];
      const end = begin[i + 1]!;
      for (let k = begin[i]!, at = 3 * first[i]!; k < end; k++, at += 3) {
        const weight = weights[k]!;
        red = (red + Math.imul(pixels[at]!, weight)) | 0;
        green = (green + Math.imul(pixels[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(pixels[at + 2]!, weight)) | 0;
      }
      narrow[position++] = toByte(red);
      narrow[position++] = toByte(green);
      narrow[position++] = toByte(blue);
    }
    return;
  }
  for (let i = 0; i < first.length; i++) {
    const end = begin[i + 1]!;
    for (let c = 0; c < channels; c++) {
      let sum = half;
      for (let k = begin[i]!, at = first[i]! * channels + c; k < end; k++, at += channels)
        sum = (sum + Math.imul(pixels[at]!, weights[k]!)) | 0;
      narrow[position++] = toByte(sum);
    }
  }
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
