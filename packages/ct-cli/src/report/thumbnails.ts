/**
 * Small pictures of data, as addresses that a page can hold in itself.
 */
import type { ImageSet } from '@curvature-tuning/datasets';
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

/** Pictures of some images of a set. */
export function thumbnailsOf({ images, shape }: ImageSet, indices: readonly number[]): Promise<Thumbnail[]> {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  return Promise.all(
    indices.map(async (index) => {
      const pixels = images.subarray(index * size, (index + 1) * size);
      const image = sharp(pixels, { raw: { height, width, channels: channels as 1 | 3 } });
      const isSmall = Math.max(height, width) <= SIDE;
      const bytes = isSmall
        ? await image.png({ palette: channels === 1 }).toBuffer()
        : await image.resize(SIDE, SIDE, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer();
      return { index, source: `data:image/${isSmall ? 'png' : 'jpeg'};base64,${bytes.toString('base64')}` };
    }),
  );
}
