import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageFolder } from '../../src/node/imageFolder.js';
import type { ImageSet } from '../../src/imageSet.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-images-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A plain image, each of its own grey so that it can be recognised. */
async function image(path: string, grey: number): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await sharp({ create: { width: 4, height: 3, channels: 3, background: { r: grey, g: grey, b: grey } } }).toFile(join(root, path));
}

async function other(path: string, text = 'no image'): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** `count` images in each folder, the k-th folder's greys being 50 k + 0, 1, 2, ... */
async function folders(count: number, ...names: string[]): Promise<void> {
  for (const [k, name] of names.entries()) {
    for (let i = 0; i < count; i++) await image(`${name}/${i}.png`, 50 * k + i);
  }
}

const size = [2, 2] as const;
/** The grey of each image. */
const greys = (set: ImageSet): number[] => Array.from(set.labels, (_, i) => set.images[i * 4 * set.shape[2]] ?? NaN);

describe('imageFolder', () => {
  it('has one class a folder, sorted by name, and splits 64 / 16 / 20 stratified', async () => {
    await folders(25, 'zebra', 'Ant', 'bee');
    const dataset = await imageFolder(root, { size, channels: 1 });
    expect(dataset.classes).toEqual(['Ant', 'bee', 'zebra']);
    expect(dataset).toMatchObject({ split: 'stratified', seed: 42, shape: [2, 2, 1], skipped: [], licence: 'not stated' });
    const { train, validation, test } = dataset;
    expect([train, validation, test].map(({ labels }) => labels.length)).toEqual([48, 12, 15]);
    for (const [set, each] of [[train, 16], [validation, 4], [test, 5]] as const) {
      for (let k = 0; k < 3; k++) expect(set.labels.filter((label) => label === k)).toHaveLength(each);
    }
    const all = [train, validation, test].flatMap(greys).sort((a, b) => a - b);
    expect(all).toEqual([0, 50, 100].flatMap((base) => Array.from({ length: 25 }, (_, i) => base + i)));
    // zebra was written first, so its greys are 0 to 24.
    greys(train).forEach((grey, i) => expect(train.classes[train.labels[i] ?? -1]).toBe(['zebra', 'Ant', 'bee'][Math.floor(grey / 50)]));
  });

  it('depends on the seed and on nothing else', async () => {
    await folders(10, 'a', 'b');
    const one = await imageFolder(root, { size, seed: 1 });
    expect((await imageFolder(root, { size, seed: 1 })).hash).toBe(one.hash);
    expect((await imageFolder(root, { size, seed: 2 })).hash).not.toBe(one.hash);
    expect(one.shape).toEqual([2, 2, 3]);
  });

  it('measures mean and std on train', async () => {
    await folders(10, 'a', 'b');
    const { train, mean, std } = await imageFolder(root, { size, channels: 3 });
    const expected = greys(train).reduce((sum, grey) => sum + grey, 0) / train.labels.length / 255;
    expect(mean).toHaveLength(3);
    for (const value of mean) expect(value).toBeCloseTo(expected, 12);
    for (const value of std) expect(value).toBeGreaterThan(0);
  });

  it.each(['validation', 'val'])('takes train/, %s/ and test/ as they are', async (name) => {
    await folders(2, 'train/a', 'train/b', `${name}/a`, `${name}/b`, 'test/a');
    await image('test/b/0.png', 250);
    const { train, validation, test, split } = await imageFolder(root, { size, channels: 1 });
    expect(split).toBe('folders');
    expect([greys(train), greys(validation), greys(test)]).toEqual([[0, 1, 50, 51], [100, 101, 150, 151], [200, 201, 250]]);
    expect([...test.labels]).toEqual([0, 0, 1]);
  });

  it('cuts a stratified 20 % of train where there is no folder for validation', async () => {
    await folders(10, 'train/a', 'train/b', 'test/a', 'test/b');
    const { train, validation, test } = await imageFolder(root, { size, channels: 1 });
    expect([train, validation, test].map(({ labels }) => labels.length)).toEqual([16, 4, 20]);
    expect([...validation.labels].sort()).toEqual([0, 0, 1, 1]);
  });

  it('takes a folder named train beside other classes as a class', async () => {
    await folders(7, 'car', 'plane', 'train');
    expect((await imageFolder(root, { size })).classes).toEqual(['car', 'plane', 'train']);
  });

  it('lists what it passes over, follows links, and looks at any depth', async () => {
    await folders(7, 'a', 'b');
    await image('a/deep/er/1.JPG', 9);
    await other('a/notes.txt');
    await other('LICENSE');
    await other('.hidden/x.png');
    await other('a/.DS_Store');
    await symlink(join(root, 'a'), join(root, 'a/deep/circle'));
    await symlink(join(root, 'b'), join(root, 'c'));
    const progress: number[] = [];
    const dataset = await imageFolder(root, { size, onProgress: ({ done, total }) => progress.push(done / total) });
    expect(dataset.classes).toEqual(['a', 'b', 'c']);
    expect([...dataset.skipped].sort()).toEqual([join(root, 'LICENSE'), join(root, 'a/notes.txt')]);
    expect(progress).toHaveLength(22);
    expect(progress.at(-1)).toBe(1);
  });

  describe('refuses', () => {
    it('a path that is no folder, an empty one, and a single class', async () => {
      await expect(imageFolder(join(root, 'none'), { size })).rejects.toThrow(`imageFolder: ${join(root, 'none')} is not a folder; pass`);
      await expect(imageFolder(root, { size })).rejects.toThrow(/must hold one folder for each of at least two classes, got 0/);
      await folders(1, 'a');
      await expect(imageFolder(root, { size })).rejects.toThrow(/got 1; make a folder for each class/);
    });

    it('images beside the class folders', async () => {
      await folders(1, 'a', 'b');
      await image('stray.png', 0);
      await expect(imageFolder(root, { size })).rejects.toThrow(`${join(root, 'stray.png')} lies beside the class folders`);
    });

    it('a class with too few images, before anything is decoded', async () => {
      await folders(7, 'a');
      for (let i = 0; i < 6; i++) await other(`b/${i}.png`);
      await expect(imageFolder(root, { size })).rejects.toThrow('imageFolder: class "b" has 6 image(s), but a split needs at least 7; add images, or make train/, validation/ and test/ folders yourself');
      await rm(join(root, 'a'), { recursive: true });
      await rm(join(root, 'b'), { recursive: true });
      await folders(4, 'train/a', 'train/b', 'test/a', 'test/b');
      await expect(imageFolder(root, { size })).rejects.toThrow(/class "a" has 4 image\(s\), but a split needs at least 5; add images, or make a validation\/ folder yourself/);
    });

    it('a class without images, and images of a format it does not read', async () => {
      await folders(7, 'a');
      await other('b/readme.txt');
      await expect(imageFolder(root, { size })).rejects.toThrow(/class folder .*b holds no image \(\.jpg .*\), only 1 other file\(s\)/);
      await other('b/x.BMP');
      await expect(imageFolder(root, { size })).rejects.toThrow(/x\.BMP is of a format that is not read; convert it to one of \.jpg/);
    });

    it('an image that cannot be decoded, by name', async () => {
      await folders(7, 'a', 'b');
      await other('b/broken.png');
      await expect(imageFolder(root, { size })).rejects.toThrow(`imageFolder: cannot decode ${join(root, 'b/broken.png')}`);
    });

    it('splits that lack a folder or differ in their classes', async () => {
      await folders(5, 'train/a', 'train/b', 'val/a', 'val/b');
      await expect(imageFolder(root, { size })).rejects.toThrow(/holds train\/ and val\/ but no test\//);
      await folders(1, 'test/a', 'test/c');
      await expect(imageFolder(root, { size })).rejects.toThrow(/test must hold the classes of train \(a, b\), got a, c/);
      await mkdir(join(root, 'validation'));
      await expect(imageFolder(root, { size })).rejects.toThrow(/holds both val\/ and validation\//);
    });

    it('bad options', async () => {
      await expect(imageFolder(root, { size: [0, 2] })).rejects.toThrow('imageFolder: size must be [height, width] of positive whole numbers, got [0, 2]');
      await expect(imageFolder(root, { size, channels: 4 as 3 })).rejects.toThrow('channels must be 1 (grey) or 3 (RGB), got 4');
      await expect(imageFolder(root, { size, seed: -1 })).rejects.toThrow('imageFolder: seed must be');
    });
  });
});
