/**
 * Decodes images with the decoder of the browser.
 */
import type { Pixels } from '@curvature-tuning/data';
import { DamagedFileError } from '../formats/damagedFile.js';
import { faultOffset } from '../formats/faultOffset.js';
import { formed } from '../opening/storedPixels.js';
import type { StoredForm } from '../opening/storedPixels.js';

/** How a stored image is decoded. */
export interface DecodeBlobForm extends StoredForm {
  /** Rows at the bottom that are cut off before it is scaled. */
  readonly trimBottom?: number | undefined;
}

const DEFAULT_MAX_PIXELS = 2 ** 26;

/**
 * The pixels of an image, upright, its colours as they are stored, in RGB unless `channels` is 1.
 *
 * JPEG is decoded by another library than in Node: values may be a few grey levels off.
 *
 * @throws DamagedFileError where the browser cannot read it; Error where it has more than `maxPixels`.
 */
export async function decodeBlob(blob: Blob, path: string, form: DecodeBlobForm): Promise<Pixels> {
  const { maxPixels = DEFAULT_MAX_PIXELS, trimBottom = 0, channels = 3 } = form;
  const bitmap = await createImageBitmap(blob, {
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  }).catch(async (cause: unknown) => {
    const offset = faultOffset(new Uint8Array(await blob.arrayBuffer()));
    throw new DamagedFileError('loadDataset', { file: path, offset, fault: 'the browser cannot decode it' }, { cause });
  });
  const { width } = bitmap;
  const height = bitmap.height - trimBottom;
  try {
    if (width * bitmap.height > maxPixels)
      throw new Error(
        `loadDataset: ${path} has ${width} x ${bitmap.height} pixels, more than the ${maxPixels} of maxPixels; ` +
          'raise it',
      );
    if (height < 1)
      throw new DamagedFileError('loadDataset', {
        file: path,
        fault: `it has ${bitmap.height} rows, of which ${trimBottom} are to be cut off`,
      });
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const rgb = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < rgb.length; from += 4) {
      rgb[to++] = data[from]!;
      rgb[to++] = data[from + 1]!;
      rgb[to++] = data[from + 2]!;
    }
    return formed(rgb, [height, width, 3], { ...form, channels });
  } finally {
    bitmap.close();
  }
}
