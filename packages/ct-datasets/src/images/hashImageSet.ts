/**
 * Names a set of images by its contents, so that a report can say which data its numbers come from.
 */
import { check, encodeUtf8, hashOf, objectWith } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { checkImageSet, imageSetSchema } from './imageSet.js';
import type { ImageSet } from './imageSet.js';

export const hashImageSetArguments: Entries<{ set: ImageSet }> = { set: imageSetSchema };

/**
 * SHA-256, as 64 hexadecimal digits, of a set's size, pixels and labels.
 *
 * Hashed are, one after the other, the text `image set <count>x<height>x<width>x<channels>\n` in ASCII, the pixels,
 * and the labels as little-endian int32. The order of the images counts; class names do not, nor does the array
 * type of the labels.
 */
export async function hashImageSet(set: ImageSet): Promise<string> {
  checkImageSet(set, 'hashImageSet');
  const header = encodeUtf8(`image set ${[set.labels.length, ...set.shape].join('x')}\n`);
  const bytes = new Uint8Array(header.length + set.images.length + 4 * set.labels.length);
  bytes.set(header);
  bytes.set(set.images, header.length);
  const view = new DataView(bytes.buffer, header.length + set.images.length);
  set.labels.forEach((label, i) => view.setInt32(4 * i, label, true));
  return hashOf(bytes);
}

/** Three sets that belong together. */
export interface Splits {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
}

export const hashSplitsArguments: Entries<{ splits: Splits }> = {
  splits: objectWith<Splits>({ train: imageSetSchema, validation: imageSetSchema, test: imageSetSchema }, [
    'train',
    'validation',
    'test',
  ]),
};

/**
 * SHA-256, as 64 hexadecimal digits, of three sets that belong together.
 *
 * Hashed is the text `train <hash>\nvalidation <hash>\ntest <hash>\n` of their {@link hashImageSet}.
 */
export async function hashSplits(splits: Splits): Promise<string> {
  check('hashSplits', hashSplitsArguments, { splits });
  const lines = [];
  // One after the other: each holds a copy of its set while it is hashed.
  for (const name of ['train', 'validation', 'test'] as const)
    lines.push(`${name} ${await hashImageSet(splits[name])}\n`);
  return hashOf(encodeUtf8(lines.join('')));
}
