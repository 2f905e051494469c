import '@tensorflow/tfjs-backend-cpu';
import type { Batch } from '@curvature-tuning/data';
import { dataSet } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainingData, TrainingExamples } from './trainingData.js';
import { batchesIn, isTfDataset, trainingData } from './trainingData.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const COUNT = 7;
const LABELS = Array.from({ length: COUNT }, (_, i) => i % 3);
/** Image i is the number i. */
const held = (): Batch => ({
  images: tf.tensor2d(Array.from({ length: COUNT }, (_, i) => [i])),
  labels: tf.tensor1d(LABELS, 'int32'),
});
const lazy = dataSet({
  labels: LABELS,
  classes: ['a', 'b', 'c'],
  read: (i) => ({ values: Float32Array.of(i), shape: [1] }),
});
const stream = { [Symbol.asyncIterator]: () => lazy.batches(3)[Symbol.asyncIterator]() };

const open = (examples: TrainingExamples, classes = 3): Promise<TrainingData> =>
  trainingData('test', examples, { shape: [null, 1], dtypes: ['float32'] }, { batchSize: 3, seed: 5, classes });

/** The numbers of an epoch, batch by batch; each label must be that of its image. */
async function epochOf(data: TrainingData, epoch?: number): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { images, labels } of data.batches(epoch)) {
    const numbers = [...images.dataSync()];
    expect([...labels.dataSync()]).toEqual(numbers.map((i) => LABELS[i]));
    found.push(numbers);
    tf.dispose([images, labels]);
  }
  return found;
}

describe('trainingData', () => {
  it('shuffles what is in memory and data sets alike, by seed and epoch, and evaluates in order', async () => {
    const given = held();
    const before = tf.memory().numTensors;
    const [a, b] = [await open(given), await open(lazy)];
    const orders = [];
    for (const epoch of [0, 1, undefined]) {
      const order = await epochOf(a, epoch);
      expect(await epochOf(b, epoch)).toEqual(order);
      expect(order.map(({ length }) => length)).toEqual([3, 3, 1]);
      expect(order.flat().toSorted((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      orders.push(order.flat());
    }
    expect(orders[2]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(orders[0]).not.toEqual(orders[1]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves a stream its order, begins it anew each time, and skips epochs of it', async () => {
    let begun = 0;
    const counted = { [Symbol.asyncIterator]: () => (begun++, stream[Symbol.asyncIterator]()) };
    const data = await open(counted);
    expect(await epochOf(data, 4)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    await data.skipTo(2);
    expect(begun).toBe(3);
    async function* read(): AsyncGenerator<Batch> {
      yield* lazy.batches(3);
    }
    const once = await open(read());
    await epochOf(once);
    await expect(epochOf(once)).rejects.toThrow('the iterable yielded no batch; an async generator can be read once');
  });

  it('reads a tf.data dataset of {xs, ys}, and refuses elements of another form', async () => {
    const elements = (names: [string, string]): TrainingExamples => {
      const batches = [0, 3, 6].map((from) => ({
        [names[0]]: tf.slice(held().images, [from, 0], [Math.min(3, COUNT - from), 1]),
        [names[1]]: tf.tensor1d(LABELS.slice(from, from + 3), 'int32'),
      }));
      let at = 0;
      return {
        size: 3,
        iterator: () =>
          Promise.resolve({ next: () => Promise.resolve({ value: batches[at], done: at++ >= batches.length }) }),
      };
    };
    const data = await open(elements(['xs', 'ys']));
    expect(data.batchesPerEpoch).toBe(3);
    expect(await epochOf(data)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    await expect(epochOf(await open(elements(['x', 'y'])))).rejects.toThrow(
      'expected a dataset of {images, labels} or {xs, ys}',
    );
  });

  it('frees a batch that it refuses', async () => {
    const data = await open(stream, 2);
    const before = tf.memory().numTensors;
    await expect(epochOf(data)).rejects.toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('batchesIn counts what can be counted', () => {
  expect([1, 3, 7, 8].map((size) => batchesIn(held(), size))).toEqual([7, 3, 1, 1]);
  expect(batchesIn(lazy, 3)).toBe(3);
  expect(batchesIn(stream, 3)).toBeNull();
  const dataset = (size: number | null): TrainingExamples => ({ size, iterator: () => Promise.reject(new Error()) });
  expect([5, Infinity, null].map((size) => batchesIn(dataset(size), 3))).toEqual([5, null, null]);
  expect([held(), lazy, stream, dataset(1)].map(isTfDataset)).toEqual([false, false, false, true]);
});
