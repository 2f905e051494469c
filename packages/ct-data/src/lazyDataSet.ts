/**
 * Makes a data set of anything that reads one example at a time, with all that a data set can do.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  classNumbersOf,
  count,
  filledText,
  flag,
  func,
  isTensor,
  labels as labelsSchema,
  listOf,
  matching,
  objectWith,
  options as optionsOf,
  seed as seedSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Batches, BatchesOptions, DataSet, ExamplePlace } from './dataSet.js';
import type { Example, Pixels } from './example.js';
import { pixelsSchema, sizeOf } from './example.js';
import type { Preprocess, Preprocessing } from './preprocessing.js';
import { preprocessingSchema } from './preprocessing.js';
import { readBatches } from './readBatches.js';
import { stratifiedSplit } from './split/stratifiedSplit.js';
import type { TfData } from './tfData.js';
import { tfDataset } from './tfData.js';

/** Where the examples of a data set come from. */
export interface DataSource {
  /** Class number of each example: there are as many examples as labels. */
  readonly labels: ArrayLike<number> | BigInt64Array | BigUint64Array;
  /** Names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  /** What was done to the pixels, where that is known. */
  readonly preprocessing?: Preprocessing | undefined;
  /**
   * Reads the pixels of one example, at once or later. Several may be asked for before the first has come; the same
   * index gives the same pixels in the same epoch.
   */
  read(index: number, epoch: number): Pixels | Promise<Pixels>;
}

const natural: Schema<number> = whole({ min: 0 });

export const dataSetArguments: Entries<{ source: DataSource }> = {
  source: objectWith<DataSource>(
    {
      labels: labelsSchema as Schema<DataSource['labels']>,
      classes: listOf(filledText),
      preprocessing: preprocessingSchema,
      read: func<DataSource['read']>(),
    },
    ['labels', 'classes', 'read'],
  ),
};
export const exampleArguments: Entries<{ index: number }> = { index: natural };
export const batchesArguments: Entries<{ size: number; options: BatchesOptions }> = {
  size: count,
  options: optionsOf<BatchesOptions>({
    shuffle: flag,
    seed: seedSchema,
    dropRemainder: flag,
    prefetch: natural,
    epoch: natural,
  }),
};
export const toTfDataArguments: Entries<{ data: TfData<unknown>; size: number; options: BatchesOptions }> = {
  data: matching(
    (value): value is TfData<unknown> =>
      typeof value === 'object' && value !== null && typeof (value as { generator?: unknown }).generator === 'function',
    { expects: 'the namespace tf.data of tfjs' },
  ),
  ...batchesArguments,
};
type Transform = (pixels: Pixels, place: ExamplePlace) => Pixels | Promise<Pixels>;
export const mapArguments: Entries<{ transform: Transform }> = { transform: func<Transform>() };
export const takeArguments: Entries<{ count: number }> = { count: natural };
export const subsetArguments: Entries<{ indices: ArrayLike<number> }> = {
  indices: matching(
    (value): value is ArrayLike<number> =>
      typeof value === 'object' && value !== null && Number.isSafeInteger((value as { length?: unknown }).length),
    { expects: 'a list of indices' },
  ),
};

/**
 * A data set of what `source` reads.
 *
 *     const squares = dataSet({
 *       labels: [0, 1],
 *       classes: ['dark', 'light'],
 *       read: (index) => ({ values: new Uint8Array(64).fill(index * 255), shape: [8, 8, 1] }),
 *     });
 *
 * @throws TypeError on a wrong kind, RangeError on a label that is no index into `classes`. What is read is checked
 * when it is: a TypeError for what is no pixels, a RangeError where the number of values is not that of the shape.
 */
export function dataSet(source: DataSource): DataSet {
  check('dataSet', dataSetArguments, { source });
  const { labels, classes, preprocessing } = source;
  if (isTensor(labels)) throw new TypeError('dataSet: source.labels must be a list of class numbers, got a tensor');
  const numbers = classNumbersOf('dataSet', 'source.labels', labels, { classes: classes.length });
  const read: Read = async (index, epoch) => {
    const pixels = await source.read(index, epoch);
    checkPixels(`dataSet: what source.read(${index}) gives`, pixels);
    return pixels;
  };
  return new LazyDataSet(numbers, { classes: [...classes], preprocessing }, read);
}

type Read = (index: number, epoch: number) => Promise<Pixels>;

/** What is true of all examples. */
type Facts = Pick<DataSet, 'classes' | 'preprocessing'>;

/** A data set that reads with a function. */
class LazyDataSet implements DataSet {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing | undefined;
  private readonly readPixels: Read;

  constructor(labels: Int32Array, { classes, preprocessing }: Facts, readPixels: Read) {
    this.labels = labels;
    this.classes = classes;
    this.preprocessing = preprocessing;
    this.readPixels = readPixels;
  }

  get length(): number {
    return this.labels.length;
  }

  async example(index: number): Promise<Example> {
    check('DataSet.example', exampleArguments, { index });
    if (index >= this.length)
      throw new RangeError(`DataSet.example: index must be a whole number in [0, ${this.length}), got ${index}`);
    return this.read(index, 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Example, undefined> {
    for (let index = 0; index < this.length; index++) yield await this.read(index, 0);
    return undefined;
  }

  batches(size: number, options: BatchesOptions = {}): Batches {
    check('DataSet.batches', batchesArguments, { size, options });
    return readBatches({ length: this.length, read: (index, epoch) => this.read(index, epoch) }, size, options);
  }

  toTfData<D>(data: TfData<D>, size: number, options: BatchesOptions = {}): D {
    check('DataSet.toTfData', toTfDataArguments, { data, size, options });
    return tfDataset(data, this.batches(size, options));
  }

  map(transform: Transform): DataSet {
    check('DataSet.map', mapArguments, { transform });
    const { classes } = this;
    const { preprocessing } = transform as Partial<Preprocess>;
    return new LazyDataSet(this.labels, { classes, preprocessing }, async (index, epoch) => {
      const place = { index, label: this.labels[index]!, epoch };
      const pixels = await transform(await this.readPixels(index, epoch), place);
      checkPixels(`DataSet.map: what transform makes of example ${index}`, pixels);
      return pixels;
    });
  }

  take(count: number): DataSet {
    check('DataSet.take', takeArguments, { count });
    return new LazyDataSet(this.labels.subarray(0, count), this, this.readPixels);
  }

  skip(count: number): DataSet {
    check('DataSet.skip', takeArguments, { count });
    const start = Math.min(count, this.length);
    return new LazyDataSet(this.labels.subarray(start), this, (index, epoch) => this.readPixels(start + index, epoch));
  }

  subset(indices: ArrayLike<number>): DataSet {
    check('DataSet.subset', subsetArguments, { indices });
    return this.at(indices);
  }

  stratifiedSplit<const P extends readonly number[]>(parts: P, seed?: number): { -readonly [K in keyof P]: DataSet };
  stratifiedSplit(parts: readonly number[], seed = 42): DataSet[] {
    return stratifiedSplit(this.labels, parts, seed).map((indices) => this.at(indices));
  }

  private at(indices: ArrayLike<number>): DataSet {
    const rows = Int32Array.from({ length: indices.length }, (_, i) => {
      const index: unknown = indices[i];
      if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < this.length) return index;
      throw new RangeError(
        `DataSet.subset: indices must be whole numbers in [0, ${this.length}), got ${String(index)} at position ${i}`,
      );
    });
    return new LazyDataSet(
      rows.map((row) => this.labels[row]!),
      this,
      (index, epoch) => this.readPixels(rows[index]!, epoch),
    );
  }

  private async read(index: number, epoch: number): Promise<Example> {
    return { pixels: await this.readPixels(index, epoch), label: this.labels[index]! };
  }
}

/** Refuses what is no pixels; `what` opens the message. */
function checkPixels(what: string, pixels: Pixels): void {
  const [caller, name] = what.split(': ') as [string, string];
  checkValue(caller, name, pixelsSchema, pixels);
  const { values, shape } = pixels;
  if (values.length !== sizeOf(shape))
    throw new RangeError(
      `${what} must have the ${sizeOf(shape)} values of its shape, [${shape.join(', ')}], got ${values.length}`,
    );
}
