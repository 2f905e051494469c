/**
 * Small pictures of data, as addresses that a page can hold in itself.
 */
import type { DataSet } from '@curvature-tuning/data';
import sharp from 'sharp';

/** An image of the test set. */
export interface Thumbnail {
  /** Its number in the test set. */
  index: number;
  /** A `data:` address: PNG of images that are no larger than a thumbnail, else JPEG. */
  source: string;
}

/** Longest side, in pixels; images that are smaller stay as they are. */
const SIDE = 96;

/** Pictures of some images of a set of 8-bit pixels. */
export function thumbnailsOf(set: DataSet, indices: readonly number[]): Promise<Thumbnail[]> {
  return Promise.all(
    indices.map(async (index) => {
      const { values, shape } = (await set.example(index)).pixels;
      const [height, width, channels] = shape as [number, number, 1 | 3];
      const image = sharp(values as Uint8Array, { raw: { height, width, channels } });
      const isSmall = Math.max(height, width) <= SIDE;
      const bytes = isSmall
        ? await image.png({ palette: channels === 1 }).toBuffer()
        : await image.resize(SIDE, SIDE, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer();
      return { index, source: `data:image/${isSmall ? 'png' : 'jpeg'};base64,${bytes.toString('base64')}` };
    }),
  );
}
