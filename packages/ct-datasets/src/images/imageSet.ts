/**
 * Labelled images in plain memory: one byte a pixel, all of one size, before any tensor is made. Splits, hashes
 * and batches are functions of this form.
 */
import {
  bytes,
  check,
  checkValue,
  filledText,
  listOf,
  matching,
  objectWith,
  satisfying,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';

/** Labelled 8-bit images of one size. */
export interface ImageSet {
  /** Pixels 0-255, row-major `[count, height, width, channels]`. */
  readonly images: Uint8Array;
  /** Class numbers `[count]`, indices into `classes`. */
  readonly labels: Uint8Array | Int32Array;
  /** `[height, width, channels]` of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Class names; a label is an index into it. */
  readonly classes: readonly string[];
}

/** `[height, width, channels]`. */
export const imageShape: Schema<ImageSet['shape']> = satisfying(
  matching((value): value is ImageSet['shape'] => Array.isArray(value) && value.length === 3, {
    expects: '[height, width, channels]',
  }),
  (sides) => sides.every((side) => Number.isSafeInteger(side) && side > 0),
  { expects: '[height, width, channels] of positive whole numbers' },
);

/** The kinds of a set's parts; `checkImageSet` looks whether they agree. */
export const imageSetSchema: Schema<ImageSet> = objectWith<ImageSet>(
  {
    images: bytes,
    labels: matching(
      (value): value is ImageSet['labels'] =>
        ['[object Uint8Array]', '[object Int32Array]'].includes(Object.prototype.toString.call(value)),
      {
        expects: 'class numbers, a Uint8Array or an Int32Array',
      },
    ),
    shape: imageShape,
    classes: listOf(filledText),
  },
  ['images', 'labels', 'shape', 'classes'],
);

export const subsetArguments: Entries<{ indices: ArrayLike<number> }> = {
  indices: matching(
    (value): value is ArrayLike<number> =>
      typeof value === 'object' && value !== null && Number.isSafeInteger((value as { length?: unknown }).length),
    {
      expects: 'a list of indices',
    },
  ),
};

/**
 * A new set of the images at `indices`, in that order; an index may occur twice.
 *
 * Pixels and labels are copied, the given set is untouched.
 *
 * @throws RangeError when an index is not a whole number in [0, count).
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  checkImageSet(set, 'subset');
  check('subset', subsetArguments, { indices });
  const count = set.labels.length;
  const pixels = pixelsPerImage(set);
  const images = new Uint8Array(indices.length * pixels);
  const labels = set.labels instanceof Uint8Array ? new Uint8Array(indices.length) : new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? NaN;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(`subset: indices must be whole numbers in [0, ${count}), got ${index} at position ${i}`);
    }
    images.set(set.images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
    labels[i] = set.labels[index]!;
  }
  return { images, labels, shape: set.shape, classes: set.classes };
}

/** The number of values of one image: height times width times channels. */
export function pixelsPerImage(set: ImageSet): number {
  return set.shape[0] * set.shape[1] * set.shape[2];
}

/**
 * Checks once, at a public edge, that the parts of a set agree; `caller` opens the message.
 *
 * @param name What the set is called in errors of its kinds.
 * @throws TypeError or RangeError naming the part that does not fit.
 */
export function checkImageSet(set: ImageSet, caller: string, name = 'set'): void {
  checkValue(caller, name, imageSetSchema, set);
  const expected = set.labels.length * pixelsPerImage(set);
  if (set.images.length !== expected) {
    throw new RangeError(
      `${caller}: ${set.labels.length} labels and shape [${set.shape.join(', ')}] call for ${expected} ` +
        `pixel values, got ${set.images.length}`,
    );
  }
  const position = set.labels.findIndex((label) => label < 0 || label >= set.classes.length);
  if (position >= 0) {
    throw new RangeError(
      `${caller}: labels must lie in [0, ${set.classes.length}), the number of classes, got ` +
        `${set.labels[position] ?? NaN} at position ${position}`,
    );
  }
}
