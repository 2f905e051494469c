import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { DataSet } from '@curvature-tuning/data';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedFileError } from '../../formats/damagedFile.js';
import { channelStatistics } from '../../images/channelStatistics.js';
import type { DecodeProgress } from '../../opening/setProgress.js';
import { imageFolder } from './imageFolder.js';
import type { ImageFolderDataset } from './imageFolder.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-images-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A plain image, each of its own grey so that it can be recognised. */
async function image(path: string, grey: number): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await sharp({ create: { width: 4, height: 3, channels: 3, background: { r: grey, g: grey, b: grey } } }).toFile(
    join(root, path),
  );
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
async function greys(set: DataSet): Promise<number[]> {
  const found: number[] = [];
  for await (const { pixels } of set) found.push(pixels.values[0]!);
  return found;
}

const greysOf = ({ train, validation, test }: ImageFolderDataset): Promise<number[][]> =>
  Promise.all([train, validation, test].map((set) => greys(set)));

describe('imageFolder', () => {
  it('has one class a folder, sorted by name, and splits 64 / 16 / 20 stratified', async () => {
    await folders(25, 'zebra', 'Ant', 'bee');
    const dataset = await imageFolder(root, { size, channels: 1 });
    expect(dataset.classes).toEqual(['Ant', 'bee', 'zebra']);
    expect(dataset).toMatchObject({
      split: 'stratified',
      seed: 42,
      shape: [2, 2, 1],
      skipped: [],
      licence: 'not stated',
    });
    const { train, validation, test } = dataset;
    expect([train, validation, test].map(({ labels }) => labels.length)).toEqual([48, 12, 15]);
    for (const [set, each] of [
      [train, 16],
      [validation, 4],
      [test, 5],
    ] as const) {
      for (let k = 0; k < 3; k++) expect(set.labels.filter((label) => label === k)).toHaveLength(each);
    }
    const all = (await greysOf(dataset)).flat().sort((a, b) => a - b);
    expect(all).toEqual([0, 50, 100].flatMap((base) => Array.from({ length: 25 }, (_, i) => base + i)));
    // zebra was written first, so its greys are 0 to 24.
    (await greys(train)).forEach((grey, i) =>
      expect(train.classes[train.labels[i] ?? -1]).toBe(['zebra', 'Ant', 'bee'][Math.floor(grey / 50)]),
    );
  });

  it('depends on the seed and on nothing else', async () => {
    await folders(10, 'a', 'b');
    const one = await imageFolder(root, { size, seed: 1 });
    const expected = await greysOf(one);
    expect(await greysOf(await imageFolder(root, { size, seed: 1 }))).toEqual(expected);
    expect(await greysOf(await imageFolder(root, { size, seed: 2 }))).not.toEqual(expected);
    expect(one.shape).toEqual([2, 2, 3]);
  });

  it('has the mean and std of train by channelStatistics', async () => {
    await folders(10, 'a', 'b');
    const { train } = await imageFolder(root, { size, channels: 3 });
    const { mean, std } = await channelStatistics(train);
    const expected = (await greys(train)).reduce((sum, grey) => sum + grey, 0) / train.labels.length / 255;
    expect(mean).toHaveLength(3);
    for (const value of mean) expect(value).toBeCloseTo(expected, 12);
    for (const value of std) expect(value).toBeGreaterThan(0);
  });

  it.each(['validation', 'val'])('takes train/, %s/ and test/ as they are', async (name) => {
    await folders(2, 'train/a', 'train/b', `${name}/a`, `${name}/b`, 'test/a');
    await image('test/b/0.png', 250);
    const dataset = await imageFolder(root, { size, channels: 1 });
    expect(dataset.split).toBe('folders');
    expect(await greysOf(dataset)).toEqual([
      [0, 1, 50, 51],
      [100, 101, 150, 151],
      [200, 201, 250],
    ]);
    expect([...dataset.test.labels]).toEqual([0, 0, 1]);
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
    const heard: DecodeProgress[] = [];
    const onProgress = (event: DecodeProgress): void => {
      progress.push(event.done / event.total);
      heard.push(event);
    };
    const dataset = await imageFolder(root, { size, onProgress });
    const file = basename(root);
    expect(heard.at(-1)).toEqual({ phase: 'inspect', file, done: 22, total: 22, secondsLeft: 0 });
    expect(dataset.classes).toEqual(['a', 'b', 'c']);
    expect([...dataset.skipped].sort()).toEqual([join(root, 'LICENSE'), join(root, 'a/notes.txt')]);
    expect(progress).toHaveLength(22);
    expect(progress.at(-1)).toBe(1);
  });

  it.each([
    ['Training', 'Validation', 'Testing'],
    ['train', 'valid', 'test'],
    ['TRAIN', 'DEV', 'TEST'],
    ['trn', 'eval', 'tst'],
    ['train_images', 'val_images', 'test_images'],
    ['Train Set', 'Dev Set', 'Test Set'],
  ])('takes %s/, %s/ and %s/ as splits', async (...names) => {
    await folders(2, ...names.flatMap((name) => [`${name}/a`, `${name}/b`]));
    const dataset = await imageFolder(root, { size, channels: 1 });
    expect(dataset.split).toBe('folders');
    expect(await greysOf(dataset)).toEqual([
      [0, 1, 50, 51],
      [100, 101, 150, 151],
      [200, 201, 250, 251],
    ]);
  });

  it('takes valid/ beside invalid/, and test/ beside others, as classes where they hold images', async () => {
    await folders(7, 'valid', 'invalid');
    expect((await imageFolder(root, { size })).classes).toEqual(['invalid', 'valid']);
    await folders(7, 'bullet train/left', 'test tube/left');
    await rename(join(root, 'valid'), join(root, 'test'));
    await image('test tube/0.png', 0);
    expect((await imageFolder(root, { size })).classes).toEqual(['bullet train', 'invalid', 'test', 'test tube']);
  });

  it('knows images by their bytes: other extensions, wrong ones, none', async () => {
    await folders(3, 'a', 'b');
    for (const [from, to] of [
      ['jpg', 'x.jfif'],
      ['jpg', 'x.JPE'],
      ['jpg', 'x'],
      ['webp', 'y.jpg'],
      ['avif', 'z.png'],
      ['gif', 'noted.txt'],
      ['tiff', 'x.y.bak'],
    ]) {
      await image(`made.${from}`, 7);
      for (const folder of ['a', 'b']) await copyFile(join(root, `made.${from}`), join(root, folder, to ?? ''));
      await rm(join(root, `made.${from}`));
    }
    await other('a/labels.csv', 'a,b');
    await other('b/clip.mp4', '\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41');
    const { train, validation, test, skipped } = await imageFolder(root, { size });
    expect(train.labels.length + validation.labels.length + test.labels.length).toBe(20);
    expect(skipped).toEqual([join(root, 'a/labels.csv'), join(root, 'b/clip.mp4')]);
  });

  it('passes over what archivers and file systems leave, at any depth', async () => {
    await folders(7, 'a', 'b');
    const before = await imageFolder(root, { size });
    for (const folder of [
      '__MACOSX',
      '@eaDir',
      'a/@eaDir',
      'b/.ipynb_checkpoints',
      '$RECYCLE.BIN',
      'System Volume Information',
      'lost+found',
      '.git',
    ]) {
      await image(`${folder}/thumbnail.png`, 0);
    }
    for (const file of ['Thumbs.db', 'a/desktop.ini', 'a/._0.png', 'b/.DS_Store', 'b/Icon\r']) await other(file);
    const after = await imageFolder(root, { size });
    expect([await greysOf(after), after.classes, after.skipped]).toEqual([await greysOf(before), ['a', 'b'], []]);
  });

  it('compares class names in one Unicode form', async () => {
    await folders(5, 'train/caf\u00e9', 'train/th\u00e9', 'test/cafe\u0301', 'test/the\u0301');
    const { classes, test } = await imageFolder(root, { size, channels: 1 });
    expect(classes).toEqual(['caf\u00e9', 'th\u00e9']);
    expect(test.classes).toEqual(classes);
    expect(await greys(test)).toEqual([0, 1, 2, 3, 4].flatMap((i) => [100 + i]).concat([150, 151, 152, 153, 154]));
  });

  it('keeps classes apart that differ in case, and lists files beside splits', async () => {
    await folders(5, 'train/A', 'train/a', 'test/A', 'test/a');
    await other('README');
    const { classes, skipped } = await imageFolder(root, { size });
    expect([classes, skipped]).toEqual([['A', 'a'], [join(root, 'README')]]);
  });

  it('stops by its signal, before and while it reads', async () => {
    await folders(20, 'a', 'b');
    const reason = new Error('enough');
    await expect(imageFolder(root, { size, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ done }: { done: number }): void => {
      last = done;
      if (done === 3) controller.abort(reason);
    };
    await expect(imageFolder(root, { size, signal: controller.signal, onProgress })).rejects.toBe(reason);
    // Of the eight under way, those that ended in the same turn.
    expect(last).toBeLessThan(16);
  });

  describe('with skipUnreadable', () => {
    const skipUnreadable = true;

    it('leaves out what cannot be decoded, counts it and names it, and splits the rest', async () => {
      await folders(8, 'a', 'b');
      await other('a/page.png', '<!doctype html>');
      const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
        .png({ compressionLevel: 0 })
        .toBuffer();
      await writeFile(join(root, 'b/half.png'), whole.subarray(0, 6000));
      const heard = new Set<string>();
      const onProgress = ({ phase, done, total }: DecodeProgress): unknown => heard.add(`${phase} ${done} of ${total}`);
      const dataset = await imageFolder(root, { size, skipUnreadable, onProgress });
      expect((await greysOf(dataset)).flat()).toHaveLength(16);
      expect(dataset.unreadable.map(({ file, reason }) => [file, (reason as DamagedFileError).offset])).toEqual([
        [join(root, 'a/page.png'), undefined],
        [join(root, 'b/half.png'), 6000],
      ]);
      expect([heard.has('inspect 18 of 18'), heard.has('decode 17 of 17')]).toEqual([true, true]);
    });

    it('refuses a class of which too little is left', async () => {
      await folders(7, 'a', 'b');
      for (let i = 0; i < 3; i++) await other(`b/${i}.png`);
      await expect(imageFolder(root, { size, skipUnreadable })).rejects.toThrow(
        'class "b" has 4 image(s), but a split',
      );
    });
  });

  describe('refuses', () => {
    it('folders beside splits, two for one split, and names that seem to be splits', async () => {
      await folders(1, 'train/a', 'train/b', 'test/a', 'test/b', 'holdout/a', 'holdout/b');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `imageFolder: ${root} holds holdout/ beside train/, test/, which are splits; name each folder`,
      );
      await rm(join(root, 'test'), { recursive: true });
      await expect(imageFolder(root, { size })).rejects.toThrow('holds holdout/ beside train/, which are splits');
      await rename(join(root, 'holdout'), join(root, 'Training'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        'holds both Training/ and train/, either of which means train; keep one',
      );
      await rename(join(root, 'Training'), join(root, 'seg_test'));
      await rename(join(root, 'train'), join(root, 'seg_train'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        'holds seg_test/, seg_train/, which seem to be splits; rename them',
      );
    });

    it('classes in one split only, in every direction, and images beside splits', async () => {
      await folders(5, 'train/a', 'train/b', 'valid/a', 'valid/b', 'test/a', 'test/b');
      await image('test/c/0.png', 0);
      await expect(imageFolder(root, { size })).rejects.toThrow(
        'test must hold the classes of train (a, b), got a, b, c',
      );
      await rm(join(root, 'test/c'), { recursive: true });
      await rename(join(root, 'valid/b'), join(root, 'valid/B'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        'valid must hold the classes of train (a, b), got B, a',
      );
      await rename(join(root, 'valid/B'), join(root, 'valid/b'));
      await image('cover.png', 0);
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `${join(root, 'cover.png')} lies beside the split folders`,
      );
    });

    it('two folders whose names differ in their encoding only', async () => {
      await folders(7, 'caf\u00e9', 'cafe\u0301', 'dog');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `${root} holds two folders called caf\u00e9, which differ in the encoding of their accents only`,
      );
    });

    it('links into nowhere and in a circle, whatever they are called', async () => {
      await folders(7, 'a', 'b');
      await symlink('../.git/annex/objects/x', join(root, 'a/z'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `imageFolder: cannot read ${join(root, 'a/z')} (a link to ../.git/annex/objects/x, which is missing: fetch it`,
      );
      await rm(join(root, 'a/z'));
      await symlink('y.png', join(root, 'b/x.png'));
      await symlink('x.png', join(root, 'b/y.png'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `cannot read ${join(root, 'b/x.png')} (a link to y.png: its links lead in a circle)`,
      );
      await rm(join(root, 'b'), { recursive: true });
      await symlink('nowhere', join(root, 'b'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `cannot read ${join(root, 'b')} (a link to nowhere, which is missing`,
      );
      await rm(join(root, 'b'));
      await symlink('.', join(root, 'b'));
      await expect(imageFolder(root, { size })).rejects.toThrow(`class folder ${join(root, 'b')} holds no image`);
    });

    it('pipes, sockets and devices, without waiting for them', async () => {
      await folders(7, 'a', 'b');
      execFileSync('mkfifo', [join(root, 'a/x.png')]);
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `cannot read ${join(root, 'a/x.png')} (it is a named pipe, not a file); repair or remove it`,
      );
      await rm(join(root, 'a/x.png'));
      await symlink('/dev/zero', join(root, 'a/x.png'));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `cannot read ${join(root, 'a/x.png')} (it is a device, not a file)`,
      );
      await rm(join(root, 'a/x.png'));
      const server = createServer();
      await new Promise<void>((listening) => server.listen(join(root, 'a/s'), listening));
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `cannot read ${join(root, 'a/s')} (it is a socket, not a file)`,
      );
      server.close();
    });

    it.each([
      { what: 'nothing', text: '', reason: 'it is empty' },
      { what: 'text', text: 'hello there', reason: 'it begins with "hello th" as none of JPEG' },
      {
        what: 'a Git LFS pointer',
        text: 'version https://git-lfs.github.com/spec/v1\noid sha256:0',
        reason: 'a pointer of Git LFS: fetch the file with git lfs pull',
      },
      { what: 'a git-annex pointer', text: '/annex/objects/MD5-s4--0', reason: 'a pointer of git-annex' },
      { what: 'a web page', text: '<!DOCTYPE html><html>', reason: 'a web page' },
    ])('an image that holds $what, before anything is decoded', async ({ text, reason }) => {
      await folders(7, 'a', 'b');
      await other('b/x.JFIF', text);
      const progress: unknown[] = [];
      const failed = imageFolder(root, { size, onProgress: (p) => progress.push(p) });
      await expect(failed).rejects.toThrow(`imageFolder: ${join(root, 'b/x.JFIF')} is damaged: ${reason}`);
      await expect(failed).rejects.toBeInstanceOf(DamagedFileError);
      expect(progress).toEqual([]);
    });

    it('a BMP called PNG, and shows the control characters of a name escaped', async () => {
      await folders(7, 'a', 'b');
      await other('a/x\u001b[2J\n.png', 'BM\x36\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0');
      const { message } = (await imageFolder(root, { size }).catch((error: Error) => error)) as Error;
      expect(message).toBe(
        `imageFolder: "${root}/a/x\\u001b[2J\\n.png", in truth BMP, is of a format that is not read; convert ` +
          'it to one of .jpg .png .webp .gif .tif .avif',
      );
    });

    it('a path that is no folder, an empty one, and a single class', async () => {
      await expect(imageFolder(join(root, 'none'), { size })).rejects.toThrow(
        `imageFolder: ${join(root, 'none')} is not a folder; pass`,
      );
      await expect(imageFolder(root, { size })).rejects.toThrow(
        /must hold one folder for each of at least two classes, got 0/,
      );
      await folders(1, 'a');
      await expect(imageFolder(root, { size })).rejects.toThrow(/got 1; make a folder for each class/);
    });

    it('images beside the class folders', async () => {
      await folders(1, 'a', 'b');
      await image('stray.png', 0);
      await expect(imageFolder(root, { size })).rejects.toThrow(
        `${join(root, 'stray.png')} lies beside the class folders`,
      );
    });

    it('a class with too few images, before anything is decoded', async () => {
      await folders(7, 'a');
      for (let i = 0; i < 6; i++) await other(`b/${i}.png`);
      await expect(imageFolder(root, { size })).rejects.toThrow(
        'imageFolder: class "b" has 6 image(s), but a split needs at least 7; add images, or make train/, ' +
          'validation/ and test/ folders yourself',
      );
      await rm(join(root, 'a'), { recursive: true });
      await rm(join(root, 'b'), { recursive: true });
      await folders(4, 'train/a', 'train/b', 'test/a', 'test/b');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        /class "a" has 4 image\(s\), but a split needs at least 5; add images, or make a validation\/ folder yourself/,
      );
    });

    it('a class without images, and images of a format it does not read', async () => {
      await folders(7, 'a');
      await other('b/readme.txt');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        /class folder .*b holds no image \(\.jpg .*\), only 1 other file\(s\)/,
      );
      await other('b/x.BMP');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        /x\.BMP is of a format that is not read; convert it to one of \.jpg/,
      );
    });

    it('an image whose header is damaged by name, and later one half of which is missing by its byte', async () => {
      await folders(7, 'a', 'b');
      await other('b/broken.png');
      const path = join(root, 'b/broken.png');
      await expect(imageFolder(root, { size })).rejects.toMatchObject({ name: 'DamagedFileError', file: path });
      const bytes = await sharp({ create: { width: 99, height: 99, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer();
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
      const { train, validation, test, sources } = await imageFolder(root, { size });
      expect(sources.largest).toEqual([99, 99]);
      const all = [train, validation, test].flatMap((set) => set.labels.length);
      expect(all.reduce((sum, length) => sum + length)).toBe(15);
      const read = await Promise.allSettled([greys(train), greys(validation), greys(test)]);
      expect(read.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))).toEqual([
        expect.objectContaining({ name: 'DamagedFileError', file: path, offset: Math.floor(bytes.length / 2) }),
      ]);
    });

    it('splits that lack a folder or differ in their classes', async () => {
      await folders(5, 'train/a', 'train/b', 'val/a', 'val/b');
      await expect(imageFolder(root, { size })).rejects.toThrow(/holds train\/ and val\/ but no test\//);
      await folders(1, 'test/a', 'test/c');
      await expect(imageFolder(root, { size })).rejects.toThrow(
        /test must hold the classes of train \(a, b\), got a, c/,
      );
      await mkdir(join(root, 'validation'));
      await expect(imageFolder(root, { size })).rejects.toThrow(/holds both val\/ and validation\//);
    });

    it('an image of too many pixels by name, and a size larger than the memory', async () => {
      await folders(7, 'a', 'b');
      await image('b/wide.png', 1);
      await expect(imageFolder(root, { size, maxPixels: 11 })).rejects.toThrow(
        /cannot decode .*\.png \(its 4 x 3 = 12 pixels are more than the 11 of maxPixels\)/,
      );
      await expect(imageFolder(root, { size: [2e6, 2e6] })).rejects.toThrow(
        /^imageFolder: an image of \[2000000, 2000000, 3\] takes 12000\.0 GB, more than the \d+\.\d GB of this machine/,
      );
    });

    it('bad options', async () => {
      await expect(imageFolder(root, { size, maxPixels: 0.5 })).rejects.toThrow(
        'imageFolder: maxPixels must be a whole number of at least 1, got 0.5',
      );
      await expect(imageFolder(root, { size: [0, 2] })).rejects.toThrow(
        'imageFolder: size must be [height, width] of positive whole numbers, got [0, 2]',
      );
      await expect(imageFolder(root, { size, channels: 4 as 3 })).rejects.toThrow(
        'channels must be 1 (grey) or 3 (RGB), got 4',
      );
      await expect(imageFolder(root, { size, seed: -1 })).rejects.toThrow('imageFolder: seed must be');
    });
  });
});
