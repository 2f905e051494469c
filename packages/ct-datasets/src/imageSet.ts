/**
 * Labelled images in plain memory: one byte a pixel, all of one size, before any tensor is made. Splits, hashes
 * and batches are functions of this form.
 */

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

/**
 * A new set of the images at `indices`, in that order; an index may occur twice.
 *
 * Pixels and labels are copied, the given set is untouched.
 *
 * @throws RangeError when an index is not a whole number in [0, count).
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  checkImageSet(set, 'subset');
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
    labels[i] = set.labels[index] ?? 0;
  }
  return { images, labels, shape: set.shape, classes: set.classes };
}

/** The number of values of one image: height times width times channels. */
export function pixelsPerImage(set: ImageSet): number {
  return set.shape[0] * set.shape[1] * set.shape[2];
}

/**
 * Check once, at a public edge, that the parts of a set agree; `caller` opens the message.
 *
 * @throws RangeError naming the part that does not fit.
 */
export function checkImageSet(set: ImageSet, caller: string): void {
  if (set.shape.length !== 3 || !set.shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(`${caller}: shape must be [height, width, channels] of positive whole numbers, got [${set.shape.join(', ')}]`);
  }
  const expected = set.labels.length * pixelsPerImage(set);
  if (set.images.length !== expected) {
    throw new RangeError(
      `${caller}: ${set.labels.length} labels and shape [${set.shape.join(', ')}] call for ${expected} pixel values, got ${set.images.length}`,
    );
  }
  const position = set.labels.findIndex((label) => label < 0 || label >= set.classes.length);
  if (position >= 0) {
    throw new RangeError(
      `${caller}: labels must lie in [0, ${set.classes.length}), the number of classes, got ${set.labels[position] ?? NaN} at position ${position}`,
    );
  }
}
