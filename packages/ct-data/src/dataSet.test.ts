import { expect, it } from 'vitest';
import { isDataSet } from './dataSet.js';
import { dataSet } from './lazyDataSet.js';

it('isDataSet tells data sets by their methods, and all else apart', () => {
  const set = dataSet({ labels: [], classes: [], read: () => ({ values: new Uint8Array(), shape: [0] }) });
  expect(isDataSet(set)).toBe(true);
  expect(
    isDataSet({
      [Symbol.asyncIterator]: () => 0,
      length: 0,
      labels: [],
      example: () => 0,
      batches: () => 0,
      subset: () => 0,
    }),
  ).toBe(true);
  for (const other of [undefined, null, [], {}, { length: 3 }, { ...set }, set.batches(1), 'text', () => set])
    expect(isDataSet(other)).toBe(false);
});
