/**
 * The one form of data sets: examples that are read when they are asked for, in batches of tensors.
 */
import type { Batch } from './batch.js';
import type { Example, Pixels } from './example.js';
import type { Preprocessing } from './preprocessing.js';
import type { TfData } from './tfData.js';

/** Which example a function of `DataSet.map` is given the pixels of. */
export interface ExamplePlace {
  /** Index in the data set whose `map` was called. */
  readonly index: number;
  /** Class number of the example. */
  readonly label: number;
  /** The epoch that is read, from 0 on. What is drawn at random is a function of a seed, `index` and `epoch`. */
  readonly epoch: number;
}

/** How `DataSet.batches` cuts a data set. */
export interface BatchesOptions {
  /** Whether every epoch has an order of its own. Default: false, the order of the data set. */
  readonly shuffle?: boolean | undefined;
  /** Seed of the orders, a whole number in [0, 2^32). Default: 42. */
  readonly seed?: number | undefined;
  /** Whether to leave out a last batch that is not full. Default: false. */
  readonly dropRemainder?: boolean | undefined;
  /** Batches that are read ahead, as plain memory, while one is worked on. Default: 1. */
  readonly prefetch?: number | undefined;
  /** The epoch that the first iteration is; each further one is the next. Default: 0. */
  readonly epoch?: number | undefined;
}

/** Batches, as often as they are asked for: each iteration is an epoch. */
export interface Batches extends AsyncIterable<Batch> {
  /** Batches in an epoch. */
  readonly length: number;
  /** The batches of the next epoch; whoever iterates disposes of them. */
  [Symbol.asyncIterator](): AsyncIterator<Batch, undefined>;
}

/**
 * Labelled images that are read when they are asked for: in memory, on a disk, or made by a function. The same in
 * spirit as a map-style `Dataset` with its `DataLoader` in PyTorch, or as `tf.data`.
 *
 * A data set is a value: nothing changes it, every method gives a new one that reads through the old. Labels and names
 * of the classes are known without reading an image. It holds no tensor, and nobody disposes of it; tensors come to be
 * in `batches` alone, and belong to whoever iterates.
 */
export interface DataSet extends AsyncIterable<Example> {
  /** Number of examples. */
  readonly length: number;
  /** Class number of each example; not to be changed. */
  readonly labels: Int32Array;
  /** Names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  /** What was done to the pixels, where that is known; it goes along with whatever is trained on them. */
  readonly preprocessing?: Preprocessing | undefined;

  /**
   * Reads one example, as in epoch 0.
   *
   * @throws RangeError for an index that is not a whole number in [0, length); what reading throws.
   */
  example(index: number): Promise<Example>;

  /**
   * All examples in their order, one at a time, as in epoch 0; may be iterated any number of times.
   */
  [Symbol.asyncIterator](): AsyncIterator<Example, undefined>;

  /**
   * The examples in batches of `size`: images `[batch, ...shape]`, labels int32 `[batch]`. Bytes become float32 in
   * [0, 1], `x / 255`; float32 and int32 values keep their kind.
   *
   * May be iterated any number of times, an epoch each. With `shuffle` every epoch has an order of its own, which
   * depends on the seed, the number of the epoch and the length alone: a second call with the same seed repeats the
   * epochs of the first, and `{epoch: 5}` goes on where five epochs ended.
   *
   * The examples of a batch are read side by side, those of the next `prefetch` batches ahead of time; at most
   * `prefetch + 1` batches are in memory beside the consumer's. A batch becomes tensors when it is asked for, and
   * belongs to the consumer, who disposes of both; leaving the loop early leaks nothing.
   *
   * @throws TypeError or RangeError, at the call, for a size or an option out of range; in the iteration an Error when
   * the examples of a batch differ in shape or kind, and what reading throws, after which the iteration has ended.
   */
  batches(size: number, options?: BatchesOptions): Batches;

  /**
   * The batches as a `tf.data.Dataset` of `{xs, ys}`, for `model.fitDataset`: each iteration is an epoch.
   *
   *     await model.fitDataset(set.toTfData(tf.data, 32, { shuffle: true }), { epochs: 10 });
   *
   * @param data The namespace `tf.data` of tfjs.
   * @throws As `batches` does.
   */
  toTfData<D>(data: TfData<D>, size: number, options?: BatchesOptions): D;

  /**
   * The same examples with other pixels, each made when it is read. Labels stay. What was done to the pixels is then
   * what `preprocess` says of itself, and not known of another function.
   *
   * @param transform Returns new pixels and leaves those it is given as they are. Called anew at every reading;
   * `place` says which example it is, and in which epoch.
   */
  map(transform: (pixels: Pixels, place: ExamplePlace) => Pixels | Promise<Pixels>): DataSet;

  /** The first `count` examples, or all where there are fewer. */
  take(count: number): DataSet;

  /** All but the first `count` examples; none where there are fewer. */
  skip(count: number): DataSet;

  /**
   * The examples at `indices`, in that order; an index may occur twice.
   *
   * @throws RangeError when an index is not a whole number in [0, length).
   */
  subset(indices: ArrayLike<number>): DataSet;

  /**
   * Disjoint data sets, one for each of `parts`, in each of which the classes occur as often as here: the function
   * `stratifiedSplit` of the labels, which see for what parts may be and for errors.
   *
   * @param seed Whole number in [0, 2^32), 42 unless told.
   */
  stratifiedSplit<const P extends readonly number[]>(parts: P, seed?: number): { -readonly [K in keyof P]: DataSet };
}

/**
 * Whether a value is a {@link DataSet}, of any copy of this package or of another maker: told by its methods.
 */
export function isDataSet(value: unknown): value is DataSet {
  if (typeof value !== 'object' || value === null) return false;
  const { length, labels, example, batches, subset } = value as Partial<Record<keyof DataSet, unknown>>;
  return (
    Symbol.asyncIterator in value &&
    Number.isSafeInteger(length) &&
    typeof labels === 'object' &&
    [example, batches, subset].every((method) => typeof method === 'function')
  );
}
