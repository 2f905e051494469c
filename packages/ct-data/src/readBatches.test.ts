import '@tensorflow/tfjs-backend-cpu';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Batch } from './batch.js';
import type { DataSet } from './dataSet.js';
import { dataSet } from './lazyDataSet.js';

const numbered = (length: number, read: (index: number, epoch: number) => unknown = () => undefined): DataSet =>
  dataSet({
    labels: Array.from({ length }, (_, i) => i),
    classes: Array.from({ length }, (_, i) => `${i}`),
    read: async (index, epoch) => {
      await read(index, epoch);
      return { values: Uint8Array.of(index), shape: [1] };
    },
  });
/** The labels of each batch of one epoch; disposes of the batches. */
async function epoch(batches: AsyncIterable<Batch>): Promise<number[][]> {
  const labels: number[][] = [];
  for await (const batch of batches) {
    labels.push([...batch.labels.dataSync()]);
    expect([...batch.images.dataSync()].map((x) => Math.round(x * 255))).toEqual(labels.at(-1));
    dispose([batch.images, batch.labels]);
  }
  return labels;
}

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors, 'tensors leaked').toBe(before);
});

it('cuts into batches, and leaves out what does not fill one where asked', async () => {
  const set = numbered(7);
  expect(await epoch(set.batches(3))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(await epoch(set.batches(3, { dropRemainder: true }))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect([3, 7, 8].map((size) => set.batches(size).length)).toEqual([3, 1, 1]);
  expect([3, 7, 8].map((size) => set.batches(size, { dropRemainder: true }).length)).toEqual([2, 1, 0]);
  expect(await epoch(numbered(0).batches(3))).toEqual([]);
});

it('has the recorded orders of seed 7, epoch after epoch', async () => {
  // Of the first release of this order, so that no change of the generator or of its draws passes unseen.
  const orders = [
    [2, 0, 7, 5, 4, 8, 9, 1, 6, 3],
    [1, 4, 3, 2, 6, 8, 0, 7, 5, 9],
    [5, 2, 6, 0, 7, 3, 9, 8, 4, 1],
  ];
  const batches = numbered(10).batches(10, { shuffle: true, seed: 7 });
  for (const order of orders) expect(await epoch(batches)).toEqual([order]);
  expect(await epoch(numbered(10).batches(10, { shuffle: true, seed: 7, epoch: 2 }))).toEqual([orders[2]]);
  const dropped = numbered(10).batches(4, { shuffle: true, seed: 7, dropRemainder: true });
  expect((await epoch(dropped)).flat()).toEqual(orders[0]!.slice(0, 8));
});

it('tells whoever reads the number of the epoch', async () => {
  const epochs: number[] = [];
  const batches = numbered(2, (_, n) => epochs.push(n)).batches(2, { epoch: 3 });
  await epoch(batches);
  await epoch(batches);
  expect(epochs).toEqual([3, 3, 4, 4]);
});

it('reads `prefetch` batches ahead and no more, and makes tensors only when asked', async () => {
  for (const prefetch of [0, 1, 3]) {
    let read = 0;
    const batches = numbered(20, () => read++).batches(2, { prefetch });
    const iterator = batches[Symbol.asyncIterator]();
    for (let i = 1; i <= 3; i++) {
      const { value } = await iterator.next();
      expect(read).toBe(2 * (i + prefetch));
      expect(memory().numTensors).toBe(before + 2);
      dispose([value!.images, value!.labels]);
    }
    await iterator.return!();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(read).toBe(2 * (3 + prefetch));
  }
});

it('reads the examples of a batch side by side, and keeps their order', async () => {
  const waiting: (() => void)[] = [];
  const set = numbered(3, () => new Promise<void>((resolve) => waiting.push(resolve)));
  const run = epoch(set.batches(3));
  while (waiting.length < 3) await Promise.resolve();
  for (const resolve of waiting.reverse()) resolve();
  expect(await run).toEqual([[0, 1, 2]]);
});

it('ends with what reading throws, at the batch that has it, whoever read ahead', async () => {
  const set = numbered(6, (index) => {
    if (index === 3) throw new Error('image 3 is broken');
  });
  const iterator = set.batches(2, { prefetch: 2 })[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  dispose([value!.images, value!.labels]);
  await expect(iterator.next()).rejects.toThrow('image 3 is broken');
  expect((await iterator.next()).done).toBe(true);
  // Left before the broken one is asked for: nobody is told.
  for await (const { images, labels } of set.batches(2, { prefetch: 2 })) {
    dispose([images, labels]);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve));
});

it('makes float32 of bytes and float32, int32 of int32, and refuses a mixture', async () => {
  const of = (values: (Uint8Array | Float32Array | Int32Array)[]): DataSet =>
    dataSet({
      labels: values.map(() => 0),
      classes: ['a'],
      read: (i) => ({ values: values[i]!, shape: [values[i]!.length] }),
    });
  const first = async (set: DataSet): Promise<[string, number[]]> => {
    const { value } = await set.batches(9)[Symbol.asyncIterator]().next();
    const { images, labels } = value!;
    const result: [string, number[]] = [images.dtype, [...images.dataSync()]];
    dispose([images, labels]);
    return result;
  };
  expect(await first(of([Uint8Array.of(255), Float32Array.of(0.25)]))).toEqual(['float32', [1, 0.25]]);
  expect(await first(of([Int32Array.of(7), Int32Array.of(9)]))).toEqual(['int32', [7, 9]]);
  await expect(first(of([Int32Array.of(7), Uint8Array.of(9)]))).rejects.toThrow(
    'DataSet.batches: expected examples of one kind, got int32 and other numbers in one batch, at position 1',
  );
  await expect(first(of([new Uint8Array(2), new Uint8Array(3)]))).rejects.toThrow(
    'DataSet.batches: expected examples of one shape, got [2] and, at position 1 of a batch, [3]',
  );
});
