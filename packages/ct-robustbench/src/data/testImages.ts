/**
 * Takes the images of an evaluation from a larger set, and scores images as they are.
 */
import { classNumbers, isTensor } from '@curvature-tuning/checks';
import type { Labels } from '@curvature-tuning/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../model/attackedModel.js';
import { AttackedModel } from '../model/attackedModel.js';
import { checkFiniteLogits } from '../model/finiteLogits.js';
import { predictedClass } from '../model/losses.js';
import { hashValues } from './hashValues.js';
import { readFiniteImages } from './readImages.js';

/** Images and their labels, in the form in which they were given. */
export interface Chosen {
  images: tf.Tensor4D;
  labels: Labels;
  dispose(): void;
}

/** @throws RangeError unless there are `n` images; TypeError unless there is one label for each image. */
export function checkCounts(caller: string, images: tf.Tensor4D, labels: Labels, n: number = images.shape[0]): void {
  const [count] = images.shape;
  if (n > count)
    throw new RangeError(`${caller}: n must be a whole number in [1, ${count}], the number of images, got ${n}`);
  const given = isTensor(labels) ? labels.shape[0] : labels.length;
  if (given !== count)
    throw new TypeError(`${caller}: expected one label for each of ${count} images, got ${given ?? 'a scalar'}`);
}

/** The first `n` images and labels, all by default; the caller disposes of them. */
export function firstImages(caller: string, images: tf.Tensor4D, labels: Labels, n: number = images.shape[0]): Chosen {
  checkCounts(caller, images, labels, n);
  const chosen = tf.slice(images, 0, n);
  if (!isTensor(labels)) return { images: chosen, labels: firstOf(labels, n), dispose: () => chosen.dispose() };
  const labelRows = tf.slice(labels as tf.Tensor, 0, n);
  return { images: chosen, labels: labelRows, dispose: () => tf.dispose([chosen, labelRows]) };
}

function firstOf(labels: Exclude<Labels, { dtype: string }>, n: number): Labels {
  if (labels instanceof BigInt64Array || labels instanceof BigUint64Array) return labels.subarray(0, n);
  return Array.from(labels as ArrayLike<number>).slice(0, n);
}

/** How many images a model classifies correctly. */
export interface CleanScore {
  right: number;
  count: number;
  /** Fingerprint of images and labels. */
  dataHash: string;
}

/**
 * Counts right classifications, in batches of 250. @throws RangeError for pixels and logits that are not finite, and
 * labels that are no classes.
 */
export async function cleanScore(
  caller: string,
  model: Model,
  images: tf.Tensor,
  labels: Labels,
  signal?: AbortSignal,
): Promise<CleanScore> {
  const read = await readFiniteImages(caller, images);
  const attacked = new AttackedModel(model, read.shape, { caller, signal });
  const classOf = await classNumbers(caller, 'labels', labels, {
    count: read.count,
    classes: await attacked.countClasses(read.data),
  });
  let right = 0;
  for (let first = 0; first < read.count; first += 250) {
    const count = Math.min(250, read.count - first);
    const logits = await attacked.logits(read.data.subarray(first * read.size, (first + count) * read.size), count);
    checkFiniteLogits(caller, logits, count, (row) => first + row);
    for (let i = 0; i < count; i++)
      if (predictedClass(logits.data, i * logits.classes, logits.classes) === classOf[first + i]) right++;
  }
  return { right, count: read.count, dataHash: await hashValues(read.data, classOf) };
}
