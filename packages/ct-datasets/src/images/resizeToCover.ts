/**
 * Bring an image to a size by scaling and cropping, to the last bit as Pillow and torchvision do it.
 */
import { bytes, check } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Preprocessing } from '@curvature-tuning/data';
import { imageShape } from './imageSet.js';
import { checkLength, imageSize, resampleFilter, weightsOf } from './resample.js';
import type { ResampleFilter } from './resample.js';
import { rowResampler } from './rowResampler.js';
import type { RowResampler } from './rowTaps.js';

type Shape = readonly [height: number, width: number, channels: number];
type Size = readonly [height: number, width: number];

export const resizeToCoverArguments: Entries<{ pixels: Uint8Array; shape: Shape; size: Size; filter: ResampleFilter }> =
  { pixels: bytes, shape: imageShape, size: imageSize, filter: resampleFilter };

/**
 * Scales an image, its proportions kept, until it just covers `size`, and crops it about its centre.
 *
 * Scaled as by `resample`. Sizes and offsets are those of torchvision's `Resize` and `CenterCrop`; for a square `size`
 * the result equals `CenterCrop(s)(Resize(s, filter)(image))`.
 *
 * @param pixels Bytes, row-major `[height, width, channels]`; not changed.
 * @param shape `[height, width, channels]` of `pixels`.
 * @param size `[height, width]` wanted.
 * @param filter `'bilinear'` unless told.
 * @returns New bytes `[...size, channels]`.
 * @throws RangeError when a size is not a positive whole number or `pixels` do not have `shape`.
 */
export function resizeToCover(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
  filter: ResampleFilter = 'bilinear',
): Uint8Array {
  check('resizeToCover', resizeToCoverArguments, { pixels, shape, size, filter });
  checkLength('resizeToCover', pixels, shape);
  const resampler = scalingResampler(shape, size, { interpolation: filter });
  resampler.push(pixels);
  return resampler.result;
}

/** How an image is brought to a size, as a `Preprocessing` has it. */
export type Scaling = Pick<Preprocessing, 'interpolation' | 'cropMode' | 'cropPct'>;

/** {@link resizeToCover}, or another scaling, of an image of `shape` whose rows arrive piece by piece. */
export function scalingResampler(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
  { interpolation: filter = 'bilinear', cropMode = 'center', cropPct = 1 }: Scaling,
): RowResampler {
  const scaled = cropMode === 'squash' ? size : covering([height, width], size, cropPct);
  const [rows, columns] = (
    [
      [height, 0],
      [width, 1],
    ] as const
  ).map(([pixels, axis]) => {
    const [count, wanted] = [scaled[axis], size[axis]];
    return weightsOf(
      { pixels, from: 0, to: pixels, count, first: roundHalfEven((count - wanted) / 2), wanted },
      filter,
    );
  });
  return rowResampler(width, channels, columns ?? [], rows ?? []);
}

/** The size, in the proportions of an image, that just covers a box of which `size` is the part `cropPct`. */
function covering([height, width]: Size, size: Size, cropPct: number): Size {
  const [rows, columns] = [Math.floor(size[0] / cropPct), Math.floor(size[1] / cropPct)];
  // Compared without division, so that equal proportions are found equal.
  return rows * width >= columns * height
    ? [rows, Math.floor((rows * width) / height)]
    : [Math.floor((columns * height) / width), columns];
}

/** As Python's `round`, by which torchvision finds the corner of a crop. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
