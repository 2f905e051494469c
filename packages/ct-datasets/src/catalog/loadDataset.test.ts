import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashImageSet } from '../images/hashImageSet.js';
import { subset } from '../images/imageSet.js';
import type { ImageSet } from '../images/imageSet.js';
import { loadBundled } from './bundled.js';
import { digitSplits } from './digits.js';
import { fashionMnistSplits } from './fashionMnistSample.js';
import type { BundledName } from './catalog.js';
import { loadDataset } from './loadDataset.js';

const perClass = ({ labels, classes }: ImageSet): number[] =>
  classes.map((_, k) => Array.from(labels).filter((label) => label === k).length);

afterEach(() => vi.unstubAllGlobals());

describe('loadBundled', () => {
  // Hashes computed in Python, hashlib over the bytes that hashImageSet documents, from the arrays of NumPy.
  it.each([
    { name: 'digits', count: 1797, hash: '2d653408f450f7f810ff2cf8eb482adf91d84602f5097d988d62ed16d822740c' },
    {
      name: 'fashion-mnist-sample',
      count: 4500,
      hash: '9135f1daa3b43294bcead5621742c14708a4791b98098131c611dcc0467ad4ba',
    },
  ] as const)('reads $count images of $name that hash to the recorded sum', async ({ name, count, hash }) => {
    const set = await loadBundled(name);
    expect(set.labels).toHaveLength(count);
    expect(set.shape).toEqual([28, 28, 1]);
    expect(await hashImageSet(set)).toBe(hash);
  });

  it('shows an upright digit: image 0 is a framed ring, dark in the middle', async () => {
    const { images, labels } = await loadBundled('digits');
    const at = (row: number, column: number): number => images[row * 28 + column] ?? -1;
    expect(labels[0]).toBe(0);
    for (let i = 0; i < 28; i++) expect([at(i, 0), at(i, 3), at(0, i), at(27, i)]).toEqual([0, 0, 0, 0]);
    expect(at(14, 13)).toBe(0);
    expect(at(14, 19)).toBeGreaterThan(100);
    expect(at(14, 9)).toBeGreaterThan(80);
  });

  it('refuses another name', async () => {
    await expect(loadBundled('mnist' as BundledName)).rejects.toThrow(
      `loadBundled: name must be 'digits' or 'fashion-mnist-sample', got "mnist"`,
    );
    await expect(loadBundled('toString' as BundledName)).rejects.toThrow(RangeError);
  });
});

describe('loadDataset("digits")', () => {
  it.each([
    { seed: 42, hash: 'cc8268c972f7b1bdbf069f48909b18de1d0d41f66e19b11f5d8b3688fc518d83' },
    { seed: 43, hash: 'f6479604fdb6fd53db5a7219e29eef73283ff1f85ebe8607ec4106fdce627b62' },
    { seed: 44, hash: 'f5186728b53dfa454d6a91e2ed1ba2b92314544bf71fd3e672133de1fc617642' },
  ])('follows the published lists of seed $seed', async ({ seed, hash }) => {
    const dataset = await loadDataset('digits', { seed });
    expect(dataset).toMatchObject({
      name: 'digits',
      seed,
      split: 'published',
      hash,
      licence: 'CC-BY-4.0',
      mean: [0.155],
      std: [0.296],
    });
    expect([dataset.train, dataset.validation, dataset.test].map(({ labels }) => labels.length)).toEqual([
      640, 160, 797,
    ]);
  });

  it.each([0, 7, 2 ** 32 - 1])('draws seed %i from the 1,000 other images, keeping the test set', async (seed) => {
    const dataset = await loadDataset('digits', { seed });
    const published = await loadDataset('digits');
    expect(dataset.split).toBe('stratified');
    expect(await hashImageSet(dataset.test)).toBe(await hashImageSet(published.test));
    expect(dataset.train.labels).toHaveLength(640);
    expect(dataset.validation.labels).toHaveLength(160);
    for (const [k, count] of perClass(dataset.train).entries()) {
      expect(Math.abs(count - perClass(published.train)[k]!)).toBeLessThanOrEqual(1);
    }
    expect((await loadDataset('digits', { seed })).hash).toBe(dataset.hash);
  });

  it('never shares an image between train, validation and test', async () => {
    // Some of the 1,797 images occur twice in the original; count those by index instead of by pixels.
    const { test = [], seeds } = await digitSplits();
    for (const { train, validation } of Object.values(seeds)) {
      expect(new Set([...train, ...validation, ...test]).size).toBe(640 + 160 + 797);
      expect(Math.max(...train, ...validation, ...test)).toBeLessThan(1797);
    }
  });

  it('holds the classes in the proportions of the whole to within 1 in the published lists', async () => {
    const all = await loadBundled('digits');
    const { train, validation, test } = await loadDataset('digits', { seed: 43 });
    for (const part of [train, validation, test]) {
      perClass(part).forEach((count, k) => {
        expect(Math.abs(count - (perClass(all)[k]! * part.labels.length) / 1797)).toBeLessThan(1.5);
      });
    }
  });
});

describe('loadDataset("fashion-mnist-sample")', () => {
  it('is one split, whatever the seed', async () => {
    const dataset = await loadDataset('fashion-mnist-sample', { seed: 44 });
    expect(dataset).toMatchObject({
      seed: 42,
      split: 'published',
      hash: '763cafaf431d0462fc76907d20d46b310dcc46a50d4467bcb052a8ce921a1bd1',
    });
    expect(perClass(dataset.train)).toEqual(Array(10).fill(200));
    expect(perClass(dataset.validation)).toEqual(Array(10).fill(50));
    expect(dataset.test.labels).toHaveLength(2000);
    // https://github.com/zalandoresearch/fashion-mnist: the test set begins with an ankle boot, a pullover, trousers.
    expect([...dataset.test.labels.slice(0, 3)].map((k) => dataset.classes[k])).toEqual([
      'Ankle boot',
      'Pullover',
      'Trouser',
    ]);
  });
});

describe('loadDataset', () => {
  it('refuses other names and seeds, saying where the full sets are', async () => {
    await expect(loadDataset('mnist' as BundledName)).rejects.toThrow(
      /got "mnist"; fashion-mnist and mnist are loaded by @curvature-tuning\/datasets\/node/,
    );
    await expect(loadDataset('digits', { seed: 1.5 })).rejects.toThrow(
      'loadDataset: seed must be a whole number in [0, 4294967295], got 1.5',
    );
  });

  it('gives sets that subset() takes further', async () => {
    const { test } = await loadDataset('digits');
    expect(subset(test, [0, 1]).labels).toHaveLength(2);
  });
});

describe('fashionMnistSplits', () => {
  it('lists disjoint stratified 2,000 and 500 of the 60,000 for fashion-mnist', async () => {
    const { seeds } = await fashionMnistSplits();
    expect(Object.keys(seeds)).toEqual(['42', '43', '44']);
    for (const { train, validation } of Object.values(seeds)) {
      expect([train.length, validation.length]).toEqual([2000, 500]);
      expect(new Set([...train, ...validation]).size).toBe(2500);
      expect(Math.max(...train, ...validation)).toBeLessThan(60000);
    }
  });

  it('is compact', async () => {
    const text = await readFile(new URL('../../data/digits-splits.json', import.meta.url), 'utf8');
    expect(text).not.toMatch(/\d, /);
  });
});
