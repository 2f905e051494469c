/**
 * The statistics of batch normalisation over all of a set of images, from forward passes alone.
 *
 * Each batch is normalised by its own statistics, as in training, and what the batches come to together is stored. Over
 * batches b of n_b entries a channel, with means m_b and biased variances v_b (Chan's formula):
 *
 *     mean = Σ n_b·m_b / Σ n_b,   variance = Σ n_b·(v_b + (m_b − mean)²) / Σ n_b
 *
 * Source: Wu and Johnson, "Rethinking 'Batch' in BatchNorm", arXiv 2105.07576, section 3 (PreciseBN).
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { concat, gather, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, Shape } from '@tensorflow/tfjs-layers';
import { Random } from '../examples/random.js';
import { yieldToHost } from '../host/yieldToHost.js';
import { evaluationBatch } from '../model/evaluationBatch.js';
import type { ImageRows } from '../host/imageRows.js';
import { isImageRows, readInTurn } from '../host/imageRows.js';
import type { BatchMoments } from './normalizations.js';
import { normalizationsOf } from './normalizations.js';

/** A batch of images, one tensor an input; whoever iterates disposes of it. */
export type ImageBatches = AsyncIterable<readonly Tensor[]> | Iterable<readonly Tensor[]>;

/** How an estimate goes. */
export interface EstimateOptions {
  signal?: AbortSignal | undefined;
  /** Hears how many images went through, batch by batch. */
  onImages?: ((images: number) => void) | undefined;
}

/**
 * Writes the statistics of images, in memory one tensor an input, into the batch normalisations of a model, which must
 * be ours.
 *
 * @param options `batchSize`: the most images at a time, by default as `calibrationBatch` says; `seed` draws their
 *   order, by default 42.
 */
export function estimateFromImages(
  caller: string,
  model: LayersModel,
  images: Tensor | readonly Tensor[] | ImageRows,
  options: EstimateOptions & { batchSize?: number | undefined; seed?: number | undefined } = {},
): Promise<void> {
  const { batchSize = calibrationBatch(model, [images].flat()), seed = 42 } = options;
  const batches = isImageRows(images)
    ? shuffledRows(images, batchSize, seed)
    : shuffledBatches([images].flat(), batchSize, seed);
  return estimateStatistics(caller, model, batches, options);
}

/**
 * Writes the statistics of all batches into the batch normalisations of a model, which must be ours, and disposes of
 * the batches.
 *
 * @throws RangeError where a layer has a single entry a channel, which has no variance.
 */
export async function estimateStatistics(
  caller: string,
  model: LayersModel,
  batches: ImageBatches,
  { signal, onImages }: EstimateOptions = {},
): Promise<void> {
  const normalizations = normalizationsOf(model);
  const moments = normalizations.map((): BatchMoments[] => []);
  const undo = normalizations.map((normalization, i) => normalization.observe((found) => moments[i]!.push(found)));
  try {
    for await (const batch of batches) {
      try {
        tidy(() => {
          model.predictOnBatch(batch.length === 1 ? batch[0]! : [...batch]);
        });
        onImages?.(batch[0]!.shape[0]);
      } finally {
        batch.forEach((input) => input.dispose());
      }
      await yieldToHost(signal);
    }
    for (const [i, { path, movingMean, movingVariance }] of normalizations.entries()) {
      const found = moments[i]!;
      if (found.length === 0) continue;
      const { mean: means, variance: variances } = await combined(caller, path, found);
      tidy(() => {
        movingMean.write(tensor1d(means));
        movingVariance.write(tensor1d(variances));
      });
    }
  } finally {
    undo.forEach((restore) => restore());
    moments.flat().forEach((one) => [one.mean, one.variance].forEach((t) => t.dispose()));
  }
}

/**
 * Images in memory as batches for `estimateStatistics`, in an order drawn from a seed, for they may be sorted by class.
 *
 * Batches are of one size, but for one image: a last one of a few would be normalised badly.
 *
 * @param images One tensor an input, all of as many examples.
 * @param most The most images at a time.
 * @param limit The most images in all. Default: every one.
 */
export function* shuffledBatches(
  images: readonly Tensor[],
  most: number,
  seed: number,
  limit: number = Infinity,
): Generator<readonly Tensor[]> {
  for (const rows of shuffledParts(images[0]!.shape[0], most, seed, limit))
    yield images.map((input) => tidy(() => gather(input, tensor1d(rows, 'int32'))));
}

/** The same of images that are read. */
async function* shuffledRows(images: ImageRows, most: number, seed: number): AsyncGenerator<readonly Tensor[]> {
  for await (const tensor of readInTurn(images, shuffledParts(images.shape[0], most, seed, Infinity))) yield [tensor];
}

/** The numbers of `all` examples in an order drawn from a seed, in parts of one size but for one example. */
function shuffledParts(all: number, most: number, seed: number, limit: number): Int32Array[] {
  const count = Math.min(all, limit);
  const order = Int32Array.from(new Random(seed).permutation(all));
  const parts = Math.ceil(count / most);
  return Array.from({ length: parts }, (_, i) =>
    order.slice(Math.floor((i * count) / parts), Math.floor(((i + 1) * count) / parts)),
  );
}

/** How many images make a batch of good statistics where memory allows: see `evaluationBatch`. */
export function calibrationBatch(model: LayersModel, images: readonly { shape: Shape }[]): number {
  const shapes = images.map(({ shape }) => shape);
  return Math.min(MAX_BATCH, evaluationBatch(model, shapes));
}

const MAX_BATCH = 64;

/** Mean and variance over all batches, in float64. */
async function combined(
  caller: string,
  path: string,
  found: readonly BatchMoments[],
): Promise<{ mean: Float32Array; variance: Float32Array }> {
  const total = found.reduce((sum, { count }) => sum + count, 0);
  if (total === 1)
    throw new RangeError(
      `${caller}: one image gives "${path}" one number a channel, which has no variance; pass more images`,
    );
  const all = tidy(() => concat(found.flatMap((one) => [one.mean, one.variance])));
  const values = await all.data();
  all.dispose();
  const channels = values.length / (2 * found.length);
  const at = (batch: number, part: 0 | 1, channel: number): number => values[(2 * batch + part) * channels + channel]!;
  const weighted = (value: (batch: number) => number): number =>
    found.reduce((sum, { count }, batch) => sum + (count / total) * value(batch), 0);
  const means = Float64Array.from({ length: channels }, (_, c) => weighted((batch) => at(batch, 0, c)));
  const variances = Float64Array.from({ length: channels }, (_, c) =>
    weighted((batch) => at(batch, 1, c) + (at(batch, 0, c) - means[c]!) ** 2),
  );
  return { mean: Float32Array.from(means), variance: Float32Array.from(variances) };
}
