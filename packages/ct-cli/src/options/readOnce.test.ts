import { dataSet } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import { hashSplits } from '@curvature-tuning/datasets';
import { expect, it } from 'vitest';
import { readOnce } from './readOnce.js';

const shape = [2, 1, 1] as const;
const { signal } = new AbortController();

it('names a set as hashSplits does, and reads again only what was not kept', async () => {
  let read = 0;
  const setOf = (count: number): DataSet =>
    dataSet({
      labels: Array.from({ length: count }, (_, i) => i % 2),
      classes: ['a', 'b'],
      read: (i) => (read++, { values: Uint8Array.of(i, count), shape }),
    });
  const splits = { train: setOf(100), validation: setOf(3), test: setOf(5) };
  const heard: number[] = [];
  const kept = await readOnce(splits, shape, { signal, onProgress: (done, total) => heard.push(done, total) });
  expect([read, heard.at(-2), heard.at(-1)]).toEqual([108, 108, 108]);
  expect((await kept.train.example(70)).pixels.values).toEqual(Uint8Array.of(70, 100));
  expect(read).toBe(108);
  const large = await readOnce(splits, shape, { signal, mostKept: 215 });
  expect(large.train).toBe(splits.train);
  const held = ({ labels, classes, length }: DataSet): Parameters<typeof hashSplits>[0]['train'] => ({
    images: Uint8Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? i / 2 : length)),
    labels,
    shape,
    classes,
  });
  const expected = await hashSplits({
    train: held(splits.train),
    validation: held(splits.validation),
    test: held(splits.test),
  });
  expect([kept.hash, large.hash]).toEqual([expected, expected]);
});
