import { dataSet } from '@curvature-tuning/data';
import { expect, it } from 'vitest';
import { trainingImages } from './trainingImages.js';

const setOf = (...values: number[]): ReturnType<typeof dataSet> =>
  dataSet({
    labels: values.map((_, i) => i % 2),
    classes: ['a', 'b'],
    read: (i) => ({ values: Uint8Array.of(values[i]!), shape: [1] }),
  });

it('joins what was drawn for validation, not what the set itself has for it', async () => {
  const { signal } = new AbortController();
  const opened = { train: setOf(1, 2), validation: setOf(3), ownSplits: ['train', 'test'] } as const;
  const set = trainingImages(opened, signal);
  expect([...set.labels]).toEqual([0, 1, 0]);
  expect((await set.example(2)).pixels.values).toEqual(Uint8Array.of(3));
  expect(trainingImages({ ...opened, ownSplits: ['train', 'validation', 'test'] }, signal).length).toBe(2);
});

it('ends with its signal', async () => {
  const opened = { train: setOf(1), validation: setOf(2), ownSplits: ['train'] } as const;
  const set = trainingImages(opened, AbortSignal.abort(new Error('enough')));
  await expect(set.example(0)).rejects.toThrow('enough');
});
