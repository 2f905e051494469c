/**
 * Decodes an image file to 8-bit pixels of a wanted size, with the optional package sharp.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pixels } from '@curvature-tuning/data';
import { inksToRgb } from '../../images/convertChannels.js';
import { decodeThreads } from '../threads/decodeThreads.js';
import { DEFAULT_MAX_PIXELS, scalePixels } from '../threads/scalePixels.js';
import type { ImageForm } from '../threads/scalePixels.js';
import { byteBudget } from './byteBudget.js';
import { checkPixels, imageFault } from './imageFault.js';
import type { ImageSource } from './imageHeader.js';
import { importSharp } from './importSharp.js';
import { plainJpeg } from './plainJpeg.js';

/** Decodes the image at a path, whose size and channels may be its own. */
export type DecodePixels = (path: string, form: ImageForm, signal?: AbortSignal) => Promise<Pixels>;

// What libvips holds for a pixel at its worst: a decoded image of four channels, and the same turned upright.
const BYTES_PER_PIXEL = 8;
const budget = byteBudget(2 ** 28);

// Files that are in memory, or decoded, at once, whoever asks: more than libuv has threads, so that none waits for
// a disk.
const places = byteBudget(16);

// Where there is no script, as in a bundle, there are no threads.
const SCRIPT = '../threads/jpegThread.js';
const decodeApart = decodeThreads(URL.canParse(SCRIPT, import.meta.url) ? new URL(SCRIPT, import.meta.url) : undefined);

/**
 * Loads sharp and returns a function that decodes images with it.
 *
 * An image is turned upright by its EXIF tag, brought from whatever depth and colours (16 bits, CMYK, palettes) to
 * 8-bit sRGB, from CMYK as Pillow does, its transparency dropped and not blended, made grey or RGB, and scaled and
 * cropped as by `resizeToCover`. Of an animation or a document of many pages the first counts. sharp only decodes: its
 * own bilinear kernel is off from Pillow's by several grey levels on a photograph. Where there are many, JPEG files to
 * which nothing else needs to be done are decoded, to the same pixels, by `decodeThreads`.
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
  return async (path, form, signal) => {
    signal?.throwIfAborted();
    const pixels = await decodeApart(path, form);
    signal?.throwIfAborted();
    return pixels ?? places.run(1, () => decode(path, form, signal));
  };
}

/** Lets others run between the turns, and ends with the signal. */
async function scale(
  data: Uint8Array,
  source: ImageSource,
  form: ImageForm,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const turns = scalePixels(data, source, form);
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = turns.next();
    if (done === true) return value;
    await nextTurn();
  }
}
