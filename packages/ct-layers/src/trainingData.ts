/**
 * Examples as a training loop reads them: shuffled batches, epoch after epoch, from memory or from a stream.
 */
import type { Batch, Examples } from '@curvature-tuning/datasets';
import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { argMax, cast, gather, reshape, slice, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { checkBatch, isStream } from './labelled.js';
import { Random } from './random.js';

/** A `tf.data.Dataset` of batches, seen through what we call of it. */
export interface DatasetLike {
  /** Number of batches, where it is known. */
  readonly size?: number | null;
  iterator(): Promise<{ next(): Promise<{ value: unknown; done?: boolean }>; return?(): void }>;
}

/**
 * What a training loop reads: tensors in memory; an async iterable of batches that starts anew at every iteration; or
 * a `tf.data.Dataset` of batches `{images, labels}` or `{xs, ys}`, with labels as class numbers or one-hot.
 */
export type TrainingExamples = Examples | DatasetLike;

/** Batches for every epoch; whoever iterates disposes of them. */
export interface TrainingData {
  /** Batches an epoch; null for a stream that does not say. */
  readonly batchesPerEpoch: number | null;
  /** The batches of an epoch (shuffled), or of an evaluation (in order) when `epoch` is undefined. */
  batches(epoch?: number): AsyncIterable<Batch>;
  /** Tells a source that is to be read from epoch `epoch` on; streams are begun and left that often. */
  skipTo(epoch: number): Promise<void>;
}

/**
 * Reads examples without copying them.
 *
 * In memory the order of an epoch depends on the seed and the epoch alone. A stream keeps the order it has.
 *
 * @param name What to call the examples in errors, e.g. `tune: train`.
 * @param inputShape The model's, batch axis first.
 */
export function trainingData(name: string, examples: TrainingExamples, inputShape: Shape, { batchSize, seed }: { batchSize: number; seed: number }): TrainingData {
  if (isDataset(examples)) return stream(name, () => readDataset(name, examples), inputShape, Number.isFinite(examples.size) ? examples.size! : null);
  if (isStream(examples)) return stream(name, () => examples, inputShape, null);
  checkBatch(name, examples, inputShape);
  const { images, labels } = examples;
  const count = images.shape[0];
  return {
    batchesPerEpoch: Math.ceil(count / batchSize),
    async *batches(epoch) {
      const order = epoch === undefined ? undefined : Random.ofEpoch(seed, epoch).permutation(count);
      for (let start = 0; start < count; start += batchSize) {
        const size = Math.min(batchSize, count - start);
        const batch = order === undefined ? { images: slice(images, start, size), labels: slice(labels, start, size) } : rowsOf(examples, order.subarray(start, start + size));
        yield await Promise.resolve(batch);
      }
    },
    skipTo: () => Promise.resolve(),
  };
}

function rowsOf({ images, labels }: Batch, order: Int32Array): Batch {
  const rows = tensor1d(order, 'int32');
  const batch = { images: gather(images, rows), labels: gather(labels, rows) };
  rows.dispose();
  return batch;
}

function stream(name: string, read: () => AsyncIterable<Batch>, inputShape: Shape, batchesPerEpoch: number | null): TrainingData {
  return {
    batchesPerEpoch,
    async *batches() {
      let any = false;
      for await (const batch of read()) {
        any = true;
        try {
          checkBatch(name, batch, inputShape);
        } catch (error) {
          batch.images?.dispose();
          batch.labels?.dispose();
          throw error;
        }
        yield batch;
      }
      if (!any) throw new Error(`${name}: the iterable yielded no batch; an async generator can be read once only, pass one that starts anew at every iteration`);
    },
    // The n-th iteration of a shuffled stream has the n-th order.
    skipTo: async (epoch) => {
      for (let i = 0; i < epoch; i++) await read()[Symbol.asyncIterator]().return?.();
    },
  };
}

function isDataset(examples: TrainingExamples): examples is DatasetLike {
  return typeof (examples as DatasetLike).iterator === 'function';
}

async function* readDataset(name: string, dataset: DatasetLike): AsyncGenerator<Batch> {
  const iterator = await dataset.iterator();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const element = next.value as Record<string, Tensor | undefined>;
    const [images, labels] = [element['images'] ?? element['xs'], element['ys'] ?? element['labels']];
    if (images === undefined || labels === undefined) throw new TypeError(`${name}: expected a dataset of {images, labels} or {xs, ys}, got elements with ${Object.keys(element).join(', ') || 'nothing'}`);
    yield { images, labels: classNumbers(labels) };
  }
}

/** One-hot rows, or class numbers of any numeric dtype, as int32 class numbers; takes `labels` over. */
function classNumbers(labels: Tensor): Tensor1D {
  if (labels.rank === 1 && labels.dtype === 'int32') return labels as Tensor1D;
  const numbers = tidy(() => (labels.rank === 2 && labels.shape[1]! > 1 ? argMax<Tensor1D>(labels, 1) : reshape<Rank.R1>(cast(labels, 'int32'), [-1])));
  labels.dispose();
  return numbers;
}
