/**
 * Decodes an image file to 8-bit pixels of a wanted size, with the optional package sharp.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pixels } from '@curvature-tuning/data';
import { convertChannels, inksToRgb } from '../../images/convertChannels.js';
import { scalingResampler } from '../../images/resizeToCover.js';
import type { Scaling } from '../../images/resizeToCover.js';
import { byteBudget } from './byteBudget.js';
import { checkPixels, imageFault } from './imageFault.js';
import type { ImageSource } from './imageHeader.js';
import { importSharp } from './importSharp.js';
import { plainJpeg } from './plainJpeg.js';

/** The wanted form of a decoded image. */
export interface ImageForm {
  /** Its own unless told. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** 1 for grey, 3 for RGB; its own unless told. */
  readonly channels?: 1 | 3 | undefined;
  /** Rows at the bottom that are cut off before it is scaled; none unless told. */
  readonly trimBottom?: number | undefined;
  /** The most pixels a file may have; {@link DEFAULT_MAX_PIXELS} unless told. */
  readonly maxPixels?: number | undefined;
  /** Default: bilinear, to cover the size. */
  readonly scaling?: Scaling | undefined;
}

/** Decodes the image at a path, whose size and channels may be its own. */
export type DecodePixels = (path: string, form: ImageForm, signal?: AbortSignal) => Promise<Pixels>;

/** More than the largest sensors of common cameras have, and 200 MB once decoded. */
export const DEFAULT_MAX_PIXELS: number = 2 ** 26;

// What libvips holds for a pixel at its worst: a decoded image of four channels, and the same turned upright.
const BYTES_PER_PIXEL = 8;
const budget = byteBudget(2 ** 28);

// Files that are in memory, or decoded, at once, whoever asks: more than libuv has threads, so that none waits for
// a disk.
const places = byteBudget(16);

// Rows are scaled in turns of about this many bytes, some tens of milliseconds, between which others may run.
const BYTES_PER_TURN = 2 ** 22;

/**
 * Loads sharp and returns a function that decodes images with it.
 *
 * An image is turned upright by its EXIF tag, brought from whatever depth and colours (16 bits, CMYK, palettes) to
 * 8-bit sRGB, from CMYK as Pillow does, its transparency dropped and not blended, made grey or RGB, and scaled and
 * cropped as by `resizeToCover`. Of an animation or a document of many pages the first counts. sharp only decodes: its
 * own bilinear kernel is off from Pillow's by several grey levels on a photograph.
 *
 * @throws Error when sharp is not installed; the function itself a DamagedFileError for a file it cannot decode, an
 * Error that names one that has more than `maxPixels`, by what its header says, before they are decoded, or that cannot
 * be read; the reason of `signal`.
 */
export async function pixelDecoder(): Promise<DecodePixels> {
  const sharp = await importSharp();
  const decode = async (path: string, form: ImageForm, signal?: AbortSignal): Promise<Pixels> => {
    let bytes: Uint8Array | undefined;
    try {
      signal?.throwIfAborted();
      // From memory: libvips takes what stands in brackets at the end of a name for options.
      const file = (bytes = await readFile(path));
      // The limit is checked here, where the message can name the file and the option.
      const options = { failOn: 'error', limitInputPixels: false } as const;
      const plain = plainJpeg(file);
      const { width, height, space } = { space: 'srgb', ...(plain ?? (await sharp(file, options).metadata())) };
      checkPixels(path, { width, height }, form.maxPixels ?? DEFAULT_MAX_PIXELS);
      return await budget.run(width * height * BYTES_PER_PIXEL, async () => {
        signal?.throwIfAborted();
        const image = sharp(file, options);
        // Half a millisecond for a small photo, on which nothing of it has an effect.
        if (!plain) image.autoOrient().removeAlpha();
        // libvips would take inks through colour profiles, which Pillow does not.
        if (space === 'cmyk') image.pipelineColourspace('cmyk').toColourspace('cmyk');
        else if (!plain) image.toColourspace('srgb');
        const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
        if (space === 'cmyk') return scale(inksToRgb(data), { ...info, channels: 3 }, form, signal);
        return scale(data, info, form, signal);
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw imageFault(path, cause, bytes);
    }
  };
  return (path, form, signal) => places.run(1, () => decode(path, form, signal));
}

async function scale(
  data: Uint8Array,
  { width, height: full, channels: from }: ImageSource,
  form: ImageForm,
  signal?: AbortSignal,
): Promise<Pixels> {
  if (from !== 1 && from !== 3) throw new Error(`it decodes to ${from} channels`);
  const { channels = from, scaling = {}, trimBottom = 0 } = form;
  const height = full - trimBottom;
  if (height < 1) throw new Error(`it has ${full} rows, of which ${trimBottom} are to be cut off`);
  const { size } = form;
  if (size === undefined)
    return {
      values: convertChannels(data.subarray(0, height * width * from), from, channels),
      shape: [height, width, channels],
    };
  const resampler = scalingResampler([height, width, channels], size, scaling);
  const rowBytes = width * from;
  const rowsPerTurn = Math.max(1, Math.floor(BYTES_PER_TURN / rowBytes));
  for (let y = 0; y < height; y += rowsPerTurn) {
    if (y > 0) await nextTurn();
    signal?.throwIfAborted();
    resampler.push(
      convertChannels(data.subarray(y * rowBytes, Math.min(height, y + rowsPerTurn) * rowBytes), from, channels),
    );
  }
  return { values: resampler.result, shape: [...size, channels] };
}
