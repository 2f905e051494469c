/**
 * Takes the images of an evaluation, the first few of a larger set or all of them, and scores images as they are.
 */
import { check, checkValue, classNumbers, isTensor, labels as labelsSchema, matching } from '@curvature-tuning/checks';
import type { Entries, Labels, Schema } from '@curvature-tuning/checks';
import type { Examples, LabelledImages } from '@curvature-tuning/data';
import { isDataSet, isExamples, isInMemory } from '@curvature-tuning/data';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { concat, dispose, keep, slice, tidy } from '@tensorflow/tfjs-core';
import type { Model } from '../model/attackedModel.js';
import { AttackedModel } from '../model/attackedModel.js';
import { checkFiniteLogits } from '../model/finiteLogits.js';
import { predictedClass } from '../model/losses.js';
import { hashValues } from './hashValues.js';
import { imagesSchema, imagesSchema4D, readFiniteImages } from './readImages.js';

/** Images `[batch, ...]` with pixels in [0, 1] and their labels. */
export interface TestImages<T extends Tensor = Tensor> {
  readonly images: T;
  /** In the form in which they were given. */
  readonly labels: Labels;
}

/** The same, and what frees those that were made here. */
export interface HeldImages extends TestImages<Tensor4D> {
  dispose(): void;
}

/** Labelled images, all at once, batch by batch or as a data set; `checkHeld` looks at those in memory. */
export const examplesSchema: Schema<Examples> = matching(isExamples, {
  expects: 'examples: {images, labels}, an async iterable of such or a data set',
});

/** The parts of labelled images of any rank. */
export const heldArguments: Entries<TestImages> = { images: imagesSchema, labels: labelsSchema };
/** The same of images as convolutional networks take them. */
export const heldArguments4D: Entries<TestImages<Tensor4D>> = { images: imagesSchema4D, labels: labelsSchema };

/**
 * Looks at what can be known of examples before they are read.
 *
 * @param n How many of them are wanted; all unless told.
 * @throws RangeError unless there are `n` images; TypeError for what is no images, and unless there is one label for
 * each.
 */
export function checkExamples(caller: string, examples: Examples, n?: number): void {
  checkValue(caller, 'examples', examplesSchema, examples);
  if (isInMemory(examples)) {
    const { images, labels } = examples;
    check(caller, heldArguments4D, { images, labels });
    const count = images.shape[0];
    checkCount(caller, n, count);
    const given = isTensor(labels) ? labels.shape[0] : (labels as ArrayLike<unknown>).length;
    if (given !== count)
      throw new TypeError(`${caller}: expected one label for each of ${count} images, got ${given ?? 'a scalar'}`);
  } else if (isDataSet(examples)) checkCount(caller, n, examples.length);
}

function checkCount(caller: string, n: number | undefined, count: number): void {
  if (n !== undefined && n > count)
    throw new RangeError(`${caller}: n must be a whole number in [1, ${count}], the number of images, got ${n}`);
}

/** The first `n` images and labels, all by default, as tensors that the caller disposes of. */
export async function firstImages(caller: string, examples: Examples, n?: number): Promise<HeldImages> {
  checkExamples(caller, examples, n);
  if (!isInMemory(examples)) {
    const held = await readExamples(caller, examples, n);
    try {
      check(caller, heldArguments4D, { images: held.images, labels: held.labels });
      checkCount(caller, n, held.images.shape[0]);
    } catch (error) {
      held.images.dispose();
      throw error;
    }
    return { images: held.images as Tensor4D, labels: held.labels, dispose: () => held.images.dispose() };
  }
  const { images, labels } = examples;
  const count = n ?? images.shape[0];
  const chosen = slice(images, 0, count) as Tensor4D;
  if (!isTensor(labels)) return { images: chosen, labels: firstOf(labels, count), dispose: () => chosen.dispose() };
  const labelRows = slice(labels as Tensor, 0, count);
  return { images: chosen, labels: labelRows, dispose: () => dispose([chosen, labelRows]) };
}

function firstOf(labels: Exclude<Labels, { dtype: string }>, n: number): Labels {
  if (labels instanceof BigInt64Array || labels instanceof BigUint64Array) return labels.subarray(0, n);
  return Array.from(labels as ArrayLike<number>).slice(0, n);
}

/** Images of a data set that are read at a time. */
const READ_AT_A_TIME = 64;

/**
 * What is not in memory, as one tensor, of which the caller disposes, and class numbers: the first `n`, or all.
 *
 * @throws RangeError when there is no image; what `autoAttack` throws of images and labels.
 */
export async function readExamples(
  caller: string,
  examples: Exclude<Examples, LabelledImages>,
  n: number = Infinity,
): Promise<TestImages> {
  const batches: AsyncIterable<LabelledImages> = isDataSet(examples)
    ? examples.take(Math.min(n, examples.length)).batches(READ_AT_A_TIME)
    : examples;
  const images: Tensor[] = [];
  const labels: number[] = [];
  try {
    for await (const batch of batches) {
      try {
        checkValue(caller, 'examples', examplesSchema, batch);
        check(caller, heldArguments, { images: batch.images, labels: batch.labels });
        labels.push(...(await classNumbers(caller, 'labels', batch.labels, { count: batch.images.shape[0] })));
        images.push(keep(batch.images.clone()));
      } finally {
        disposeBatch(batch);
      }
      if (labels.length >= n) break;
    }
    if (images.length === 0) throw new RangeError(`${caller}: examples must hold at least one image, got none`);
    const count = Math.min(n, labels.length);
    return { images: tidy(() => slice(concat(images), 0, count)), labels: Int32Array.from(labels.slice(0, count)) };
  } finally {
    dispose(images);
  }
}

/** Frees what is a tensor in a batch, whatever else is wrong with it. */
export function disposeBatch(batch: unknown): void {
  const { images, labels } = (batch ?? {}) as Partial<LabelledImages>;
  for (const part of [images, labels]) if (isTensor(part) && !part.isDisposed) dispose(part as Tensor);
}

/** How many images a model classifies correctly. */
export interface CleanScore {
  right: number;
  count: number;
  /** Fingerprint of images and labels. */
  dataHash: string;
}

/** How images are scored as they are. */
export interface CleanScoreOptions {
  signal?: AbortSignal | undefined;
  /** Hears of the images that were classified, batch by batch. */
  onImages?: ((images: number) => void) | undefined;
}

/**
 * Counts right classifications, in batches of 250. @throws RangeError for pixels and logits that are not finite, and
 * labels that are no classes.
 */
export async function cleanScore(
  caller: string,
  model: Model,
  { images, labels }: TestImages,
  { signal, onImages }: CleanScoreOptions = {},
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
    onImages?.(count);
  }
  return { right, count: read.count, dataHash: await hashValues(read.data, classOf) };
}
