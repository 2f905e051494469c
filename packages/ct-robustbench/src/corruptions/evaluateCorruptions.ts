/**
 * Accuracy under common corruptions, and the mean corruption error.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../attackedModel.js';
import { AttackedModel } from '../attackedModel.js';
import { predictedClass } from '../losses.js';
import { readImages } from '../readImages.js';
import { corrupt } from './corrupt.js';
import type { CorruptionType, CorruptionVariant } from './parameters.js';
import { corruptionTypes } from './parameters.js';

/** Corrupted images of one type and severity. */
export interface CorruptedBatch {
  type: CorruptionType;
  severity: number;
  /** `[batch, ...]`, pixels in [0, 1]. */
  images: tf.Tensor;
  labels: tf.Tensor | ArrayLike<number>;
}

export interface EvaluateCorruptionsOptions {
  /**
   * Errors of the network that mCE is relative to, as shares per type; `alexnetErrors` for ImageNet-C. Without it, mCE
   * is the plain mean error, as usual on CIFAR-C.
   */
  baselineErrors?: Readonly<Partial<Record<CorruptionType, number>>>;
  signal?: AbortSignal;
}

export interface CorruptionResult {
  /** Share of right classifications by type, severity 1 first; NaN where no batch came. */
  accuracy: Partial<Record<CorruptionType, number[]>>;
  /** Images seen by type and severity. */
  images: Partial<Record<CorruptionType, number[]>>;
  /** Mean over severities by type. */
  meanAccuracy: Partial<Record<CorruptionType, number>>;
  /** Mean over types: RobustBench's corruption accuracy when all 15 are there. */
  robustAccuracy: number;
  /** Mean over types of (error summed over severities)/(the baseline's): 1 is as bad as the baseline. */
  mCE: number;
}

/**
 * Classifies corrupted batches, whoever made them: `corruptedBatches`, or the published CIFAR-C and ImageNet-C files.
 *
 *     for each type: CE = Σₛ E(type, s) / Σₛ E_baseline(type, s);    mCE = mean over types
 *
 * Disposes of the images (and label tensors) that the iterable yields.
 *
 * @throws Error when there is no batch.
 */
export async function evaluateCorruptions(model: Model, batches: AsyncIterable<CorruptedBatch>, { baselineErrors, signal }: EvaluateCorruptionsOptions = {}): Promise<CorruptionResult> {
  const right: Partial<Record<CorruptionType, number[]>> = {};
  const seen: Partial<Record<CorruptionType, number[]>> = {};
  for await (const { type, severity, images, labels } of batches) {
    signal?.throwIfAborted();
    const read = await readImages('evaluateCorruptions', images, labels);
    const { data, classes } = await new AttackedModel(model, read.shape, { signal }).logits(read.data, read.count);
    images.dispose();
    if ('dispose' in labels) labels.dispose();
    const hits = read.labels.reduce((sum, label, row) => sum + Number(predictedClass(data, row * classes, classes) === label), 0);
    (right[type] ??= [0, 0, 0, 0, 0])[severity - 1]! += hits;
    (seen[type] ??= [0, 0, 0, 0, 0])[severity - 1]! += read.count;
  }
  const types = corruptionTypes.filter((type) => seen[type] !== undefined);
  if (types.length === 0) throw new Error('evaluateCorruptions: expected at least one batch, got none');
  const accuracy = Object.fromEntries(types.map((type) => [type, seen[type]!.map((count, s) => right[type]![s]! / count)])) as Partial<Record<CorruptionType, number[]>>;
  const meanAccuracy = Object.fromEntries(types.map((type) => [type, mean(accuracy[type]!.filter((share) => !Number.isNaN(share)))])) as Partial<Record<CorruptionType, number>>;
  return {
    accuracy,
    images: seen,
    meanAccuracy,
    robustAccuracy: mean(types.map((type) => meanAccuracy[type]!)),
    mCE: mean(types.map((type) => (1 - meanAccuracy[type]!) / (baselineErrors === undefined ? 1 : baselineOf(baselineErrors, type)))),
  };
}

/** Batches of corrupted copies of one set of images, all types and severities unless fewer are named. */
export async function* corruptedBatches(
  images: tf.Tensor4D,
  labels: tf.Tensor | ArrayLike<number>,
  { types = corruptionTypes, severities = [1, 2, 3, 4, 5], variant, seed = 0 }: { types?: readonly CorruptionType[]; severities?: readonly number[]; variant?: CorruptionVariant; seed?: number } = {},
): AsyncGenerator<CorruptedBatch> {
  const values = 'dataSync' in labels ? await labels.data() : labels;
  for (const type of types) {
    for (const severity of severities) {
      yield { type, severity, images: await corrupt(images, { type, severity, seed, ...(variant !== undefined && { variant }) }), labels: values };
    }
  }
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function baselineOf(errors: Readonly<Partial<Record<CorruptionType, number>>>, type: CorruptionType): number {
  const error = errors[type];
  if (error === undefined) throw new TypeError(`evaluateCorruptions: baselineErrors must name every type that is evaluated, got none for ${type}`);
  return error;
}
