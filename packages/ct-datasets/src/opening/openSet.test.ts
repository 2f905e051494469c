import { dataSet } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import { describe, expect, it } from 'vitest';
import type { StoredSplit } from '../layouts/layout.js';
import type { OpenedDataset } from './openSet.js';
import { archiveEntryOf, openSet, storedInMemory } from './openSet.js';

const facts = { name: 'x', title: 'X', mean: [0.5], std: [0.5], licence: 'MIT', origin: 'here' };
const classes = ['a', 'b'];
const splitOf = (count: number): StoredSplit => ({
  labels: Array.from({ length: count }, (_, i) => i % 2),
  shape: [1, 1, 1],
  read: (index) => Uint8Array.of(index),
});
const make = ({ labels }: StoredSplit): Promise<DataSet> =>
  Promise.resolve(dataSet({ labels, classes, read: (i) => ({ values: Uint8Array.of(i), shape: [1, 1, 1] }) }));
const sizesOf = async (splits: Parameters<typeof openSet>[1]['splits']): Promise<unknown[]> => {
  const { train, validation, test, ownSplits } = await openSet(facts, { classes, splits }, {}, make);
  return [train.length, validation.length, test.length, ownSplits.length];
};

describe('openSet', () => {
  it('takes the splits that there are, and draws those that there are not', async () => {
    expect(await sizesOf({ train: splitOf(6), validation: splitOf(4), test: splitOf(2) })).toEqual([6, 4, 2, 3]);
    expect(await sizesOf({ train: splitOf(10), test: splitOf(2) })).toEqual([8, 2, 2, 2]);
    expect(await sizesOf({ test: splitOf(50) })).toEqual([32, 8, 10, 1]);
    await expect(sizesOf({})).rejects.toThrow('no image of x was found');
  });
});

it('leaves out what cannot be read where that is asked for, of the split that is wanted alone', async () => {
  const read: string[] = [];
  const broken =
    (name: string): ((split: StoredSplit) => Promise<DataSet>) =>
    ({ labels }) =>
      Promise.resolve(
        dataSet({
          labels,
          classes,
          read: (i) => {
            read.push(name);
            if (i === 3) throw new Error('damaged');
            return { values: Uint8Array.of(i), shape: [1, 1, 1] };
          },
        }),
      );
  const images = Array.from({ length: 10 }, (_, i) => `${i}.png`);
  const stored = { train: { labels: splitOf(10).labels, images }, test: splitOf(6) };
  const open = (options: object): Promise<OpenedDataset> =>
    openSet(facts, { classes, splits: stored }, options, (split, name) => broken(name)(split));
  const all = await open({ skipUnreadable: true });
  expect([all.train.length + all.validation.length, all.test.length]).toEqual([9, 5]);
  expect(all.unreadable.map(({ file }) => file)).toEqual(['3.png', '3']);
  read.length = 0;
  const { unreadable, train } = await open({ skipUnreadable: true, split: 'test' });
  expect([unreadable.length, train.length, new Set(read)]).toEqual([1, 8, new Set(['test'])]);
  read.length = 0;
  expect((await open({ skipUnreadable: true, split: 'validation' })).unreadable.map(({ file }) => file)).toEqual([
    '3.png',
  ]);
  read.length = 0;
  expect([(await open({})).unreadable, read]).toEqual([[], []]);
});

describe('archiveEntryOf', () => {
  it('knows names and variants', () => {
    expect(archiveEntryOf('imagenet-c', { variant: 'fog' })?.classCount).toBe(1000);
    expect(archiveEntryOf('mnist', {})).toBeUndefined();
    expect(() => archiveEntryOf('mnist', { variant: 'fog' })).toThrow('mnist has no variants, got "fog"');
    expect(() => archiveEntryOf('cifar10-c', { variant: 'smog' })).toThrow(/has the variants gaussian_noise/);
    expect(() => archiveEntryOf('imagnet' as 'imagenet', {})).toThrow('expected one of digits');
  });
});

describe('storedInMemory', () => {
  it('reads an image of those that are there', () => {
    const set = { images: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(0, 1), shape: [1, 2, 1] as const, classes };
    const { splits } = storedInMemory(classes, { test: set });
    expect(Object.keys(splits)).toEqual(['test']);
    expect(splits.test!.read(1)).toEqual(Uint8Array.of(3, 4));
  });
});
