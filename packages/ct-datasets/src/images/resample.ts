/**
 * Scales images to the last bit as Pillow's `Image.resize` does. Accuracy of pretrained networks hangs on it: other
 * libraries' "bilinear" lacks the antialiasing, or shifts by half a pixel.
 */

import { bytes, check, matching, oneOf, options as optionsOf, satisfying } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { imageShape } from './imageSet.js';
import { rowResampler } from './rowResampler.js';
import { PRECISION_BITS } from './rowTaps.js';
import type { Weights } from './rowTaps.js';

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

/** Weights that were asked for last: photos of one camera have one size. */
const KNOWN = new Map<string, readonly Weights[]>();
const MOST_KNOWN = 64;

/** Weights of the wanted output pixels of an axis. */
export function weightsOf(axis: AxisScale, filter: ResampleFilter): readonly Weights[] {
  const { pixels, from, to, count, first = 0, wanted = count } = axis;
  const key = [filter, pixels, from, to, count, first, wanted].join();
  const before = KNOWN.get(key);
  if (before !== undefined) return before;
  if (KNOWN.size === MOST_KNOWN) KNOWN.clear();
  const weights = newWeights(axis, filter);
  KNOWN.set(key, weights);
  return weights;
}

function newWeights(
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
