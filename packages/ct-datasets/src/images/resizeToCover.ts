/**
 * Bring an image to a size by scaling and cropping, to the last bit as Pillow and torchvision do it.
 */
import { bytes, check } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { imageShape } from './imageSet.js';
import { checkLength, imageSize, resampleFilter, rowResampler, weightsOf } from './resample.js';
import type { ResampleFilter, RowResampler } from './resample.js';

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
  const resampler = coveringResampler(shape, size, filter);
  resampler.push(pixels);
  return resampler.result;
}

/** {@link resizeToCover} of an image of `shape` whose rows arrive piece by piece. */
export function coveringResampler(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
  filter: ResampleFilter,
): RowResampler {
  // Compared without division, so that equal proportions are found equal.
  const fitHeight = size[0] * width >= size[1] * height;
  const scaled = fitHeight
    ? ([size[0], Math.floor((size[0] * width) / height)] as const)
    : ([Math.floor((size[1] * height) / width), size[1]] as const);
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

/** As Python's `round`, by which torchvision finds the corner of a crop. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
