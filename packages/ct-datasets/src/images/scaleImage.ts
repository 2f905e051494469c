/**
 * Brings an image to the size of a preprocessing, whatever the preprocessing says of filter and crop.
 */
import { bytes, check, matching, oneOf, options as optionsOf, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { imageShape } from './imageSet.js';
import { convertChannels } from './convertChannels.js';
import { checkLength, imageSize, resampleFilter } from './resample.js';
import { scalingResampler } from './resizeToCover.js';
import type { Scaling } from './resizeToCover.js';

type Shape = readonly [height: number, width: number, channels: number];
type Size = readonly [height: number, width: number];

/** How an image is brought to a size. */
export interface ScaleImageOptions extends Scaling {
  /** The channels wanted: grey becomes colour three times the same, colour grey by its luma, as in Pillow. */
  readonly channels?: 1 | 3 | undefined;
}

export const scaleImageArguments: Entries<{
  pixels: Uint8Array;
  shape: Shape;
  size: Size;
  options: ScaleImageOptions;
}> = {
  pixels: bytes,
  shape: imageShape,
  size: imageSize,
  options: optionsOf<ScaleImageOptions>({
    channels: matching((value): value is 1 | 3 => value === 1 || value === 3, { expects: '1 or 3' }),
    interpolation: resampleFilter,
    cropMode: oneOf('center', 'squash'),
    cropPct: real({ above: 0, max: 1 }),
  }),
};

/**
 * Scales an image with Pillow's filters and crops it about its centre, as `Preprocessing` has it: `cropMode: 'center'`
 * equals `CenterCrop(s)(Resize(floor(s / cropPct), interpolation)(image))` of torchvision for a square size s.
 *
 * @param pixels Bytes, row-major `[height, width, channels]`; not changed.
 * @param shape `[height, width, channels]` of `pixels`.
 * @param size `[height, width]` wanted.
 * @returns New bytes `[...size, channels]`.
 * @throws RangeError when a size is not a positive whole number or `pixels` do not have `shape`.
 */
export function scaleImage(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
  options: ScaleImageOptions = {},
): Uint8Array {
  check('scaleImage', scaleImageArguments, { pixels, shape, size, options });
  checkLength('scaleImage', pixels, shape);
  const [height, width, from] = shape;
  const { channels = from } = options;
  if (channels !== from && from !== 1 && from !== 3)
    throw new RangeError(`scaleImage: pixels must have 1 or 3 channels to become ${channels}, got ${from}`);
  const resampler = scalingResampler([height, width, channels], size, options);
  resampler.push(channels === from ? pixels : convertChannels(pixels, from as 1 | 3, channels as 1 | 3));
  return resampler.result;
}
