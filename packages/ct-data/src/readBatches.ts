/**
 * Reads a data set batch by batch: the order of each epoch, what is read ahead, and tensors made of plain memory.
 */
import { tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import type { Batches, BatchesOptions } from './dataSet.js';
import { sizeOf } from './example.js';
import type { Example, Pixels } from './example.js';
import { seededGenerator, shuffle } from './split/shuffle.js';

/** What is read: as many examples as `length` says. */
interface Readable {
  readonly length: number;
  read(index: number, epoch: number): Promise<Example>;
}

/** Batches of `size`; see `DataSet.batches`. */
export function readBatches(source: Readable, size: number, options: BatchesOptions): Batches {
  const { shuffle: shuffles = false, seed = 42, dropRemainder = false, prefetch = 1, epoch: first = 0 } = options;
  const { length } = source;
  const end = dropRemainder ? length - (length % size) : length;
  const orderOf = shuffles ? shuffledOrders(length, seed) : () => Int32Array.from({ length }, (_, i) => i);
  let begun = 0;
  return {
    length: Math.ceil(end / size),
    [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
      const epoch = first + begun++;
      const order = orderOf(epoch).subarray(0, end);
      const ahead: Promise<Example[]>[] = [];
      let start = 0;
      const stop = (): void => {
        start = end;
        ahead.length = 0;
      };
      const readUpTo = (count: number): void => {
        for (; ahead.length < count && start < end; start += size) {
          const examples = Promise.all(
            Array.from(order.subarray(start, start + size), (index) => source.read(index, epoch)),
          );
          // Whoever asks for the batch is told; that nobody may ask is no error of its own.
          examples.catch(() => undefined);
          ahead.push(examples);
        }
      };
      return {
        async next() {
          readUpTo(1);
          const examples = ahead.shift();
          if (examples === undefined) return { done: true, value: undefined };
          readUpTo(prefetch);
          try {
            return { done: false, value: collate(await examples) };
          } catch (error) {
            stop();
            throw error;
          }
        },
        return: () => {
          stop();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}

/** The order of each epoch, one asked for after the other: the n-th shuffle that one generator makes. */
function shuffledOrders(length: number, seed: number): (epoch: number) => Int32Array {
  const generator = seededGenerator(seed);
  let drawn = 0;
  return (epoch) => {
    for (;;) {
      const order = shuffle(
        Int32Array.from({ length }, (_, i) => i),
        generator,
      );
      if (drawn++ === epoch) return order;
    }
  };
}

/** One batch of at least one example. */
function collate(examples: readonly Example[]): Batch {
  const { values: first, shape } = examples[0]!.pixels;
  const size = sizeOf(shape);
  const isInt = first instanceof Int32Array;
  const all = isInt ? new Int32Array(examples.length * size) : new Float32Array(examples.length * size);
  examples.forEach(({ pixels }, i) => {
    checkAlike(pixels, shape, isInt, i);
    const { values } = pixels;
    if (values instanceof Uint8Array && all instanceof Float32Array) putUnit(values, all, i * size);
    else all.set(values, i * size);
  });
  const labels = Int32Array.from(examples, ({ label }) => label);
  return {
    images: tensor(all, [examples.length, ...shape], isInt ? 'int32' : 'float32'),
    labels: tensor1d(labels, 'int32'),
  };
}

// Looked up, which takes less time than a division, of the same values.
const unitOf = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Bytes as numbers in [0, 1]. A function of its own, as it is quick where arrays are of one kind each. */
function putUnit(values: Uint8Array, all: Float32Array, start: number): void {
  for (let i = 0; i < values.length; i++) all[start + i] = unitOf[values[i]!]!;
}

function checkAlike({ values, shape: own }: Pixels, shape: readonly number[], isInt: boolean, position: number): void {
  if (own.length !== shape.length || own.some((side, i) => side !== shape[i]))
    throw new Error(
      `DataSet.batches: expected examples of one shape, got [${shape.join(', ')}] and, at position ${position} of a ` +
        `batch, [${own.join(', ')}]; bring them to one size with map`,
    );
  if (values instanceof Int32Array !== isInt)
    throw new Error(
      `DataSet.batches: expected examples of one kind, got int32 and other numbers in one batch, at position ` +
        `${position}; bring them to one kind with map`,
    );
}
