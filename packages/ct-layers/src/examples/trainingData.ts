/**
 * Examples as a training loop reads them: shuffled batches, epoch after epoch, from memory or from a stream.
 */
import type { Schema } from '@curvature-tuning/checks';
import { fits, matching, show } from '@curvature-tuning/checks';
import type { Batch, DataSet, Examples, LabelledImages } from '@curvature-tuning/data';
import { isDataSet, isInMemory } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { gather, slice, tensor1d } from '@tensorflow/tfjs-core';
import { checkBatch, checkKind, disposeBatch, examples } from './gatherExamples.js';
import type { ModelInput } from '../model/modelInput.js';
import { Random } from './random.js';

/** A `tf.data.Dataset` of batches, seen through what we call of it. */
export interface DatasetLike {
  /** Number of batches, where it is known. */
  readonly size?: number | null;
  /** The elements of one pass, each `{xs, ys}`. */
  iterator(): Promise<{
    /** The next element. */
    next(): Promise<{ value: unknown; done?: boolean }>;
    /** Leaves the pass before its end. */
    return?(): void;
  }>;
}

/**
 * What a training loop reads: tensors in memory; a data set; an async iterable of batches that starts anew at every
 * iteration; or a `tf.data.Dataset` of batches `{images, labels}` or `{xs, ys}`. Labels may have any form that
 * `LabelledImages` names.
 */
export type TrainingExamples = Examples | DatasetLike;

/** Any examples that a training loop reads. */
export const trainingExamples: Schema<TrainingExamples> = matching(
  (value): value is TrainingExamples => isTfDataset(value as TrainingExamples) || fits(examples, value),
  {
    expects: 'examples: {images, labels}, an async iterable of such, a data set or a tf.data.Dataset',
  },
);

/** Batches for every epoch; whoever iterates disposes of them. */
export interface TrainingData {
  /** Batches an epoch; null for a stream that does not say. */
  readonly batchesPerEpoch: number | null;
  /** The batches of an epoch (shuffled), or of an evaluation (in order) when `epoch` is undefined. */
  batches(epoch?: number): AsyncIterable<Batch>;
  /** Tells a source that is to be read from epoch `epoch` on; streams are begun and left that often. */
  skipTo(epoch: number): Promise<void>;
}

/** How labelled images become batches for training. */
export interface TrainingDataOptions {
  batchSize: number;
  seed: number;
  /** Labels lie below it. */
  classes: number;
}

/**
 * Reads examples without copying them. Every image and label is checked: in memory once, of a stream batch by batch.
 *
 * In memory, and of a data set, the order of an epoch depends on the seed and the epoch alone, and is the same for
 * both. A stream keeps the order it has.
 *
 * @param name What to call the examples in errors, e.g. `tune: train`.
 */
export async function trainingData(
  name: string,
  examples: TrainingExamples,
  input: ModelInput,
  { batchSize, seed, classes }: TrainingDataOptions,
): Promise<TrainingData> {
  if (isTfDataset(examples))
    return stream(name, () => readDataset(name, examples), { input, classes }, batchesIn(examples, batchSize));
  checkKind(name, examples);
  if (isDataSet(examples)) return lazily(name, examples, input, { batchSize, seed, classes });
  if (!isInMemory(examples)) return stream(name, () => examples, { input, classes }, null);
  const labels = await checkBatch(name, examples, input, classes);
  const { images } = examples;
  const count = labels.length;
  return {
    batchesPerEpoch: batchesIn(examples, batchSize),
    async *batches(epoch) {
      const order = epoch === undefined ? undefined : Random.ofEpoch(seed, epoch).permutation(count);
      for (let start = 0; start < count; start += batchSize) {
        const end = Math.min(start + batchSize, count);
        yield await Promise.resolve(
          order === undefined
            ? { images: slice(images, start, end - start), labels: tensor1d(labels.slice(start, end), 'int32') }
            : rowsOf(images, labels, order.subarray(start, end)),
        );
      }
    },
    skipTo: () => Promise.resolve(),
  };
}

/** How many batches examples make, those of a stream as it has them; null where it does not say. */
export function batchesIn(examples: TrainingExamples, batchSize: number): number | null {
  if (isTfDataset(examples)) return Number.isFinite(examples.size) ? examples.size! : null;
  if (isDataSet(examples)) return Math.ceil(examples.length / batchSize);
  return isInMemory(examples) ? Math.ceil(examples.images.shape[0] / batchSize) : null;
}

/** A data set, in the order that tensors in memory would have. */
function lazily(
  name: string,
  set: DataSet,
  input: ModelInput,
  { batchSize, seed, classes }: TrainingDataOptions,
): TrainingData {
  const { length } = set;
  if (length === 0) throw new Error(`${name}: expected at least one image, got none`);
  const read = (epoch?: number): AsyncIterable<Batch> =>
    epoch === undefined
      ? set.batches(batchSize)
      : set.subset(Random.ofEpoch(seed, epoch).permutation(length)).batches(batchSize, { epoch });
  return {
    ...stream(name, read, { input, classes }, batchesIn(set, batchSize)),
    skipTo: () => Promise.resolve(),
  };
}

function rowsOf(images: Tensor, labels: Int32Array, order: Int32Array): Batch {
  const rows = tensor1d(order, 'int32');
  const batch = {
    images: gather(images, rows),
    labels: tensor1d(
      order.map((row) => labels[row]!),
      'int32',
    ),
  };
  rows.dispose();
  return batch;
}

function stream(
  name: string,
  read: (epoch?: number) => AsyncIterable<LabelledImages>,
  { input, classes }: { input: ModelInput; classes: number },
  batchesPerEpoch: number | null,
): TrainingData {
  return {
    batchesPerEpoch,
    async *batches(epoch) {
      let any = false;
      for await (const batch of read(epoch)) {
        any = true;
        let labels: Int32Array;
        try {
          labels = await checkBatch(name, batch, input, classes);
        } catch (error) {
          disposeBatch(batch);
          throw error;
        }
        const { images } = batch;
        disposeBatch({ labels: batch.labels });
        yield { images, labels: tensor1d(labels, 'int32') };
      }
      if (!any)
        throw new Error(
          `${name}: the iterable yielded no batch; an async generator can be read once only, pass one that ` +
            'starts anew at every iteration',
        );
    },
    // The n-th iteration of a shuffled stream has the n-th order.
    skipTo: async (epoch) => {
      for (let i = 0; i < epoch; i++) await read()[Symbol.asyncIterator]().return?.();
    },
  };
}

/** Whether examples are a `tf.data.Dataset`. */
export function isTfDataset(examples: TrainingExamples): examples is DatasetLike {
  return typeof (examples as Partial<DatasetLike> | null)?.iterator === 'function';
}

async function* readDataset(name: string, dataset: DatasetLike): AsyncGenerator<LabelledImages> {
  const iterator = await dataset.iterator();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const element = (next.value ?? {}) as Record<string, Tensor | undefined>;
    const [images, labels] = [element['images'] ?? element['xs'], element['ys'] ?? element['labels']];
    if (images === undefined || labels === undefined)
      throw new TypeError(
        `${name}: expected a dataset of {images, labels} or {xs, ys}, got elements of the form ${show(next.value)}`,
      );
    yield { images, labels: labels };
  }
}
