/**
 * Decode an image file to 8-bit pixels of a wanted size, with the optional package sharp.
 */
import type { Sharp } from 'sharp';
import { resizeToCover } from '../resizeToCover.js';
import { printable } from './printable.js';

/** The wanted form of a decoded image. */
export interface ImageForm {
  readonly size: readonly [height: number, width: number];
  /** 1 for grey, 3 for RGB. */
  readonly channels: 1 | 3;
}

/** Decodes the image at a path to `[height, width, channels]` bytes. */
export type DecodeImage = (path: string, form: ImageForm) => Promise<Uint8Array>;

// Rec. 601 luma in 16-bit fixed point, the weights of Pillow's conversion to "L"; they add up to 65536, so that
// grey stays as it is.
const luma = [19595, 38470, 7471] as const;

/**
 * Load sharp and return a function that decodes images with it.
 *
 * An image is turned upright by its EXIF tag, brought to 8-bit sRGB, its transparency dropped and not blended, made
 * grey or RGB, and scaled and cropped by {@link resizeToCover}. Of an animation the first frame counts. sharp only
 * decodes: its own bilinear kernel is off from Pillow's by several grey levels on a photograph.
 *
 * @throws Error when sharp is not installed; the function itself an Error that names a file it cannot decode.
 */
export async function imageDecoder(): Promise<DecodeImage> {
  const sharp = await importSharp();
  return async (path, { size, channels }) => {
    try {
      const { data, info } = await sharp(path, { failOn: 'error' })
        .autoOrient()
        .removeAlpha()
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
      const pixels = convertChannels(data, info.channels, channels);
      return resizeToCover(pixels, [info.height, info.width, channels], size);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`imageFolder: cannot decode ${printable(path)} (${printable(reason)}); remove or repair it`, { cause });
    }
  };
}

async function importSharp(): Promise<(path: string, options: { failOn: 'error' }) => Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new Error(`imageFolder: decoding images needs the optional package sharp, which cannot be loaded (${reason}); install it with: npm install sharp`, { cause });
  }
}

function convertChannels(data: Uint8Array, from: number, to: 1 | 3): Uint8Array {
  if (from !== 1 && from !== 3) throw new Error(`it decodes to ${from} channels`);
  if (from === to) return data;
  if (to === 3) return Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)] ?? 0);
  return Uint8Array.from({ length: data.length / 3 }, (_, i) => {
    const weighted = luma[0] * (data[3 * i] ?? 0) + luma[1] * (data[3 * i + 1] ?? 0) + luma[2] * (data[3 * i + 2] ?? 0);
    return (weighted + 0x8000) >> 16;
  });
}
