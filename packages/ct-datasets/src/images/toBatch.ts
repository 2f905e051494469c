/**
 * From a set's bytes to tensors: all at once, or as a data set that makes them batch by batch.
 */
import { check, listOf, objectWith, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { dataSet, normalize } from '@curvature-tuning/data';
import type { Batch, DataSet, Normalization } from '@curvature-tuning/data';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { checkImageSet, pixelsPerImage } from './imageSet.js';
import type { ImageSet } from './imageSet.js';

/** A whole data set may stand for its mean and std. */
export const toBatchArguments: Entries<{ normalization: Partial<Normalization> }> = {
  normalization: objectWith<Partial<Normalization>>({
    mean: listOf(real()),
    std: listOf(real({ above: 0 }, { cure: 'a channel that never varies cannot be normalised' })),
  }),
};

/**
 * The whole set as one batch of float32 images `[count, height, width, channels]` and int32 labels `[count]`.
 *
 * Pixels become `(x / 255 - mean) / std`, per channel. Without `mean` and `std` they are left in [0, 1]. The
 * caller disposes of both tensors.
 *
 * @throws RangeError when `mean` or `std` do not have one finite number a channel or a `std` is not positive.
 */
export function toBatch(set: ImageSet, normalization: Partial<Normalization> = {}): Batch {
  checkImageSet(set, 'toBatch');
  checkNormalization(set, normalization, 'toBatch');
  const shape = [set.labels.length, ...set.shape] as const;
  const { values } = normalize(normalization)({ values: set.images, shape });
  return { images: tensor4d(values, [...shape]), labels: tensor1d(set.labels, 'int32') };
}

/**
 * The set as a data set, which has batches, shuffling and splits: its pixels are read as bytes, or, with `mean` or
 * `std`, normalised as in {@link toBatch}. Nothing is copied before it is asked for.
 *
 * @throws RangeError when `mean` or `std` do not have one finite number a channel or a `std` is not positive.
 */
export function toDataSet(set: ImageSet, normalization: Partial<Normalization> = {}): DataSet {
  checkImageSet(set, 'toDataSet');
  checkNormalization(set, normalization, 'toDataSet');
  const { images, labels, classes, shape } = set;
  const size = pixelsPerImage(set);
  const bytes = dataSet({
    labels,
    classes,
    read: (index) => ({ values: images.subarray(index * size, (index + 1) * size), shape }),
  });
  const { mean, std } = normalization;
  return mean === undefined && std === undefined ? bytes : bytes.map(normalize(normalization));
}

function checkNormalization(set: ImageSet, normalization: Partial<Normalization>, caller: string): void {
  check(caller, toBatchArguments, { normalization });
  const channels = set.shape[2];
  for (const [name, values] of Object.entries({ mean: normalization.mean, std: normalization.std })) {
    if (values !== undefined && values.length !== channels)
      throw new RangeError(
        `${caller}: ${name} must be one number for each of the ${channels} channel(s), got [${values.join(', ')}]`,
      );
  }
}
