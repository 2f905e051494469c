import { expect, it } from 'vitest';
import type { Dataset } from './dataset.js';
import { digitImages, digitSplits, loadDigits } from './digits.js';
import { loadDataset } from './loadDataset.js';

it('is what loadDataset gives by name', async () => {
  const facts = ({ name, classes, hash, seed }: Dataset): unknown => ({ name, classes, hash, seed });
  expect(facts(await loadDigits())).toEqual(facts(await loadDataset('digits')));
  expect((await loadDigits({ seed: 7 })).hash).toBe((await loadDataset('digits', { seed: 7 })).hash);
});

it('has the published lists of three seeds, and draws every other so that no image is used twice', async () => {
  const [all, { test = [], seeds }] = await Promise.all([digitImages(), digitSplits()]);
  const size = all.images.length / all.labels.length;
  const pixelsOf = (images: Uint8Array, row: number): string => images.subarray(row * size, (row + 1) * size).join();
  for (const seed of [42, 7]) {
    const { train, validation, test: held, split } = await loadDigits({ seed });
    expect(split).toBe(seed === 42 ? 'published' : 'stratified');
    expect([train, validation, held].map(({ labels }) => labels.length)).toEqual([640, 160, 797]);
    // The test images are the same for every seed.
    expect(pixelsOf(held.images, 5)).toBe(pixelsOf(all.images, test[5]!));
    // As many of each class as there are, to one.
    const counts = (labels: ArrayLike<number>): number[] =>
      Array.from({ length: 10 }, (_, k) => Array.from(labels).filter((label) => label === k).length);
    const pool = counts(all.labels).map((count, k) => count - counts(held.labels)[k]!);
    counts(train.labels).forEach((count, k) => expect(Math.abs(count - 0.64 * pool[k]!)).toBeLessThanOrEqual(1.5));
  }
  for (const { train, validation } of Object.values(seeds))
    expect(new Set([...train, ...validation, ...test]).size).toBe(1597);
});

it('refuses a seed that is none, and options that it does not know', async () => {
  await expect(loadDigits({ seed: -1 })).rejects.toThrow('loadDigits: seed must be');
  await expect(loadDigits({ sead: 1 } as never)).rejects.toThrow('loadDigits: ');
});
