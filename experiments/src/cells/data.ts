/**
 * The bundled sets as batches, normalised with their own mean and deviation as in the paper.
 */
import { loadDataset, subset, toBatch } from '@curvature-tuning/datasets';
import type { BundledName, ImageSet } from '@curvature-tuning/datasets';
import * as tf from '@tensorflow/tfjs';
import type { Images } from './fitFromScratch.js';
import { permutation, randomNumbers } from './random.js';

/** A set in memory. */
export interface TwinData {
  train: Images;
  validation: Images;
  test: Images;
  /** The same with pixels in [0, 1]. */
  pixels: { train: Images; validation: Images; test: Images };
  mean: readonly number[];
  std: readonly number[];
  classes: number;
  hash: string;
  dispose: () => void;
}

/** How much of a set is taken; all of it unless told. */
export interface TwinSize {
  seed: number;
  train?: number | undefined;
  test?: number | undefined;
}

/** Loads a bundled set; the training images that are left out, the seed decides; of test images the first are taken. */
export async function loadTwin(name: string, { seed, train: n, test: m }: TwinSize): Promise<TwinData> {
  const set = await loadDataset(name as BundledName, { seed });
  const some = (images: ImageSet, count: number | undefined, order?: Int32Array): ImageSet =>
    count === undefined || count >= images.labels.length
      ? images
      : subset(images, (order ?? Int32Array.from({ length: count }, (_, i) => i)).slice(0, count));
  const splits = {
    train: some(set.train, n, permutation(set.train.labels.length, randomNumbers(seed))),
    validation: set.validation,
    test: some(set.test, m),
  };
  const batches = (normalization?: {
    mean: readonly number[];
    std: readonly number[];
  }): Record<keyof typeof splits, Images> => ({
    train: toBatch(splits.train, normalization),
    validation: toBatch(splits.validation, normalization),
    test: toBatch(splits.test, normalization),
  });
  const [own, pixels] = [batches(set), batches()];
  return {
    ...own,
    pixels,
    mean: set.mean,
    std: set.std,
    classes: set.classes.length,
    hash: set.hash,
    dispose: () =>
      tf.dispose([own, pixels].flatMap((all) => Object.values(all).flatMap(({ images, labels }) => [images, labels]))),
  };
}
