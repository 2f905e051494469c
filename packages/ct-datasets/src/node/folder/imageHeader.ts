/**
 * What an image is, by the header of its file: nothing is decoded.
 */
import { open, readFile } from 'node:fs/promises';
import { checkPixels, imageFault } from './imageFault.js';
import { importSharp } from './importSharp.js';
import { plainJpeg } from './plainJpeg.js';

/** An image as it lies in its file, upright. */
export interface ImageSource {
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for RGB. */
  readonly channels: number;
}

/** Reads the header of the image at a path. */
export type ReadHeader = (path: string, maxPixels: number) => Promise<ImageSource>;

// Enough for a JPEG's header, unless a large preview or colour profile lies in front of it.
const HEAD_BYTES = 2 ** 16;

/**
 * Loads sharp and returns a function that reads headers.
 *
 * @throws Error when sharp is not installed; the function itself a DamagedFileError for what has no header that can be
 * read, an Error that names an image of more than `maxPixels` or a file that cannot be read.
 */
export async function headerReader(): Promise<ReadHeader> {
  const sharp = await importSharp();
  const sourceOf = async (bytes: Uint8Array): Promise<ImageSource> => {
    const { autoOrient, space } = await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
    return { ...autoOrient, channels: space === 'b-w' || space === 'grey16' ? 1 : 3 };
  };
  return async (path, maxPixels) => {
    let bytes: Uint8Array | undefined;
    try {
      const head = await headOf(path);
      const plain = plainJpeg(head);
      let source: ImageSource | undefined = plain && { ...plain, channels: 3 };
      if (!source && head[0] === 0xff && head[1] === 0xd8) source = await sourceOf(head).catch(() => undefined);
      if (!source) {
        bytes = head.length < HEAD_BYTES ? head : await readFile(path);
        source = await sourceOf(bytes);
      }
      checkPixels(path, source, maxPixels);
      return source;
    } catch (cause) {
      throw imageFault(path, cause, bytes);
    }
  };
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
