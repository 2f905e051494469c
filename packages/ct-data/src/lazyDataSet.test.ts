import { expect, it } from 'vitest';
import type { DataSet } from './dataSet.js';
import type { Pixels } from './example.js';
import { dataSet } from './lazyDataSet.js';

const classes = ['even', 'odd'];
/** Example i has the single pixel i, and the class that i has. */
const numbered = (length: number, onRead: (index: number, epoch: number) => void = () => undefined): DataSet =>
  dataSet({
    labels: Array.from({ length }, (_, i) => i % 2),
    classes,
    read: (index, epoch) => {
      onRead(index, epoch);
      return { values: Uint8Array.of(index), shape: [1, 1, 1] };
    },
  });
async function valuesOf(set: DataSet): Promise<number[]> {
  const values: number[] = [];
  for await (const { pixels, label } of set) {
    values.push(pixels.values[0]!);
    expect(label).toBe(set.labels[values.length - 1]);
  }
  return values;
}

it('knows its length, labels and classes without reading, and reads what is asked for', async () => {
  const read: number[] = [];
  const set = numbered(5, (index) => read.push(index));
  expect([set.length, [...set.labels], set.classes]).toEqual([5, [0, 1, 0, 1, 0], classes]);
  const parts = [set.take(2), set.skip(3), set.subset([4, 4]), ...set.stratifiedSplit([2, 2])];
  expect(parts.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
  expect(read).toEqual([]);
  expect(await set.skip(1).example(2)).toEqual({ pixels: { values: Uint8Array.of(3), shape: [1, 1, 1] }, label: 1 });
  expect(read).toEqual([3]);
});

it('is iterated in order, any number of times, and left early', async () => {
  const set = numbered(4);
  expect([await valuesOf(set), await valuesOf(set)]).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]);
  for await (const { label } of set) {
    expect(label).toBe(0);
    break;
  }
});

it('take, skip and subset compose, labels and pixels together', async () => {
  const set = numbered(10);
  expect(await valuesOf(set.skip(2).take(3))).toEqual([2, 3, 4]);
  expect(await valuesOf(set.take(99).skip(99))).toEqual([]);
  expect(await valuesOf(set.subset([7, 1, 7]).subset([1, 0]))).toEqual([1, 7]);
  expect(await valuesOf(set.skip(4).subset(Int32Array.of(5, 0)))).toEqual([9, 4]);
});

it('splits as the function stratifiedSplit does', async () => {
  const [train, rest] = numbered(20).stratifiedSplit([12, 6], 7);
  const [a, b] = [await valuesOf(train), await valuesOf(rest)];
  expect(new Set([...a, ...b]).size).toBe(18);
  expect([...train.labels].filter((label) => label === 1)).toHaveLength(6);
  expect(await valuesOf(numbered(20).stratifiedSplit([12, 6], 7)[0])).toEqual(a);
});

it('map changes pixels, not labels, and tells index, label and epoch of the set it was called on', async () => {
  const seen: unknown[] = [];
  const set = numbered(4)
    .skip(1)
    .map(async ({ values, shape }, place) => {
      seen.push(place);
      await Promise.resolve();
      return { values: Float32Array.of(values[0]! * 10), shape };
    })
    .subset([2]);
  expect(await set.example(0)).toEqual({ pixels: { values: Float32Array.of(30), shape: [1, 1, 1] }, label: 1 });
  expect(seen).toEqual([{ index: 2, label: 1, epoch: 0 }]);
});

it('refuses labels that are no class, indices beyond the end, and what is no pixels', async () => {
  const read = (): Pixels => ({ values: new Uint8Array(1), shape: [1] });
  expect(() => dataSet({ labels: [0, 2], classes, read })).toThrow(
    'dataSet: source.labels must be class numbers from 0, below the number of classes, 2, got 2 as label of example 1',
  );
  const set = numbered(3);
  await expect(set.example(3)).rejects.toThrow('DataSet.example: index must be a whole number in [0, 3), got 3');
  expect(() => set.subset([0, 3])).toThrow(
    'DataSet.subset: indices must be whole numbers in [0, 3), got 3 at position 1',
  );
  expect(() => set.subset([0.5])).toThrow('got 0.5 at position 0');
  const wrong: [unknown, RegExp][] = [
    [null, /^dataSet: what source\.read\(0\) gives must be /],
    [{ values: [1], shape: [1] }, /gives\.values must be pixels in plain memory/],
    [{ values: new Uint8Array(3), shape: [2, 1] }, /gives must have the 2 values of its shape, \[2, 1\], got 3/],
  ];
  for (const [pixels, message] of wrong) {
    await expect(dataSet({ labels: [0], classes, read: () => pixels as Pixels }).example(0)).rejects.toThrow(message);
    await expect(
      numbered(1)
        .map(() => pixels as Pixels)
        .example(0),
    ).rejects.toThrow(/^DataSet\.map: what transform/);
  }
});
