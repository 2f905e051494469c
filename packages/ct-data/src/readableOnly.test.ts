import { expect, it } from 'vitest';
import { dataSet } from './lazyDataSet.js';
import { readableOnly } from './readableOnly.js';

const set = dataSet({
  labels: Array.from({ length: 10 }, (_, i) => i % 2),
  classes: ['a', 'b'],
  read: (i) => {
    if (i % 4 === 1) throw new Error(`photo ${i} is damaged`);
    return { values: Uint8Array.of(i), shape: [1] };
  },
});

it('keeps what can be read, in its order, and counts the rest with the reasons', async () => {
  const heard: number[] = [];
  const { set: kept, skipped } = await readableOnly(set, { atOnce: 4, onProgress: (done) => heard.push(done) });
  expect([...kept.labels]).toEqual([0, 0, 1, 0, 0, 1, 0]);
  expect((await kept.example(2)).pixels.values).toEqual(Uint8Array.of(3));
  expect(skipped.map(({ index, reason }) => [index, reason.message])).toEqual([
    [1, 'photo 1 is damaged'],
    [5, 'photo 5 is damaged'],
    [9, 'photo 9 is damaged'],
  ]);
  expect(heard).toEqual([4, 8, 10]);
});

it('stops where it is told to', async () => {
  await expect(readableOnly(set, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
