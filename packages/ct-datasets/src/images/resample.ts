/**
 * Scales images to the last bit as Pillow's `Image.resize` does. Accuracy of pretrained networks hangs on it: other
 * libraries' "bilinear" lacks the antialiasing, or shifts by half a pixel.
 */

import { bytes, check, matching, oneOf, options as optionsOf, satisfying } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { imageShape } from './imageSet.js';

/** The name of a filter: that of `Image.Resampling` in lower case. */
export type ResampleFilter = 'bilinear' | 'bicubic';

/** Options of {@link resample}. */
export interface ResampleOptions {
  /** `'bilinear'` unless told. */
  readonly filter?: ResampleFilter | undefined;
  /**
   * The part of the image to scale, `[left, upper, right, lower]` in pixels, fractions allowed; all of it unless told.
   */
  readonly box?: readonly [left: number, upper: number, right: number, lower: number] | undefined;
}

type Shape = readonly [height: number, width: number, channels: number];
type Size = readonly [height: number, width: number];

/** `[height, width]`. */
export const imageSize: Schema<Size> = satisfying(
  matching((value): value is Size => Array.isArray(value) && value.length === 2, { expects: '[height, width]' }),
  (sides) => sides.every((side) => Number.isSafeInteger(side) && side > 0),
  { expects: '[height, width] of positive whole numbers' },
);
export const resampleFilter: Schema<ResampleFilter> = oneOf('bilinear', 'bicubic');

export const resampleArguments: Entries<{ pixels: Uint8Array; shape: Shape; size: Size; options: ResampleOptions }> = {
  pixels: bytes,
  shape: imageShape,
  size: imageSize,
  options: optionsOf<ResampleOptions>({
    filter: resampleFilter,
    box: matching(
      (value): value is NonNullable<ResampleOptions['box']> =>
        Array.isArray(value) && value.length === 4 && value.every((side) => typeof side === 'number'),
      {
        expects: '[left, upper, right, lower] in pixels',
      },
    ),
  }),
};

/**
 * Scales an image, or a part of it, to a size.
 *
 * Each output pixel is the mean of the input pixels under the filter, which is widened by the scale where the image
 * shrinks (antialiasing): the triangle 1 - |x| for `'bilinear'`, Keys' cubic with a = -1/2 for `'bicubic'`. In the
 * fixed-point arithmetic of Pillow: weights in units of 2^-22, first along the rows, then down the columns, rounded
 * to bytes after each. The result equals `image.resize((width, height), filter, box=box)` of modes L and RGB in Pillow
 * 9 to 12.0; Pillow 13 begins with the axis that shrinks more, and differs by what the rounding between them does.
 *
 * @param pixels Bytes, row-major `[height, width, channels]`; not changed.
 * @param shape `[height, width, channels]` of `pixels`.
 * @param size `[height, width]` wanted.
 * @returns New bytes `[...size, channels]`.
 * @throws RangeError when a size is not a positive whole number, `pixels` do not have `shape`, for another filter, or
 * when the box is empty or leaves the image; TypeError on a wrong kind.
 */
export function resample(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
  options: ResampleOptions = {},
): Uint8Array {
  check('resample', resampleArguments, { pixels, shape, size, options });
  const [height, width, channels] = shape;
  checkLength('resample', pixels, shape);
  const { filter = 'bilinear', box = [0, 0, width, height] } = options;
  const [left, upper, right, lower] = box;
  if (!(left >= 0 && upper >= 0 && left < right && upper < lower && right <= width && lower <= height)) {
    throw new RangeError(
      `resample: box must be [left, upper, right, lower] within ${width} x ${height} pixels, got [${box.join(', ')}]`,
    );
  }
  const columns = weightsOf({ pixels: width, from: left, to: right, count: size[1] }, filter);
  const rows = weightsOf({ pixels: height, from: upper, to: lower, count: size[0] }, filter);
  const resampler = rowResampler(width, channels, columns, rows);
  resampler.push(pixels);
  return resampler.result;
}

/** @throws RangeError when pixels do not have a shape; `caller` opens the message. */
export function checkLength(caller: string, pixels: Uint8Array, shape: readonly number[]): void {
  if (pixels.length !== shape.reduce((product, side) => product * side, 1))
    throw new RangeError(`${caller}: pixels must be ${shape.join(' x ')} bytes, got ${pixels.length}`);
}

/** How one axis is scaled. */
export interface AxisScale {
  /** Pixels of the whole axis. */
  readonly pixels: number;
  /** The part that is scaled, in pixels. */
  readonly from: number;
  readonly to: number;
  /** How many pixels that part becomes. */
  readonly count: number;
  /** The first and the number of those wanted; all unless told. */
  readonly first?: number;
  readonly wanted?: number;
}

/** The input pixels an output pixel is the weighted sum of. */
export interface Weights {
  readonly first: number;
  /** In units of 2^-22, as Pillow has them: bytes times weights then fit an int32. */
  readonly weights: Int32Array;
}

const PRECISION_BITS = 22;

const kernels: Readonly<Record<ResampleFilter, { readonly support: number; at(x: number): number }>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
};

/** Weights of the wanted output pixels of an axis. */
export function weightsOf(
  { pixels, from, to, count, first = 0, wanted = count }: AxisScale,
  filter: ResampleFilter,
): Weights[] {
  const kernel = kernels[filter];
  const scale = (to - from) / count;
  const widening = Math.max(scale, 1);
  const support = kernel.support * widening;
  return Array.from({ length: wanted }, (_, i) => {
    const centre = from + (first + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(pixels, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - begin }, (_, x) => kernel.at((begin + x - centre + 0.5) * (1 / widening)));
    const sum = exact.reduce((total, weight) => total + weight, 0);
    const fixed = exact.map((weight) => (sum === 0 ? weight : weight / sum) * 2 ** PRECISION_BITS);
    return {
      first: begin,
      weights: Int32Array.from(fixed, (weight) => Math.trunc(weight + (weight < 0 ? -0.5 : 0.5))),
    };
  });
}

/** Scales an image that arrives in pieces of whole rows, from the top. */
export interface RowResampler {
  /** Takes the next rows, `[any number, width, channels]` bytes. */
  push(rows: Uint8Array): void;
  /** `[rows, columns, channels]` bytes, complete once all rows were pushed. */
  readonly result: Uint8Array;
}

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

/** Weights of all output pixels, one after the other: loops over objects take twice as long. */
interface Taps {
  /** First input pixel of each output pixel. */
  readonly first: Int32Array;
  /** Where the weights of each begin, and where those of the last end. */
  readonly begin: Int32Array;
  readonly weights: Int32Array;
}

function flat(pixels: readonly Weights[]): Taps {
  const begin = new Int32Array(pixels.length + 1);
  pixels.forEach(({ weights }, i) => (begin[i + 1] = begin[i]! + weights.length));
  const weights = new Int32Array(begin[pixels.length]!);
  pixels.forEach((pixel, i) => weights.set(pixel.weights, begin[i]));
  return { first: Int32Array.from(pixels, ({ first }) => first), begin, weights };
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

/** The most output rows that one input row, or what lies between the first and last of one output row, is part of. */
function mostOpen(rows: readonly Weights[]): number {
  let most = 1;
  let o = 0;
  for (const [i, { first, weights }] of rows.entries()) {
    while (o < rows.length && (rows[o]?.first ?? 0) < first + weights.length) o++;
    most = Math.max(most, o - i);
  }
  return most;
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
