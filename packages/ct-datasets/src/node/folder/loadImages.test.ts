// Photos of any size and form as a model takes them, with labels where folders are classes.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageModel } from './loadImages.js';
import { loadImages } from './loadImages.js';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'ct-load-'))));
afterEach(() => rmSync(root, { recursive: true }));

type Colour = [r: number, g: number, b: number];

async function image(path: string, [r, g, b]: Colour, width = 8, height = 6): Promise<string> {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).toFile(file);
  return file;
}

const model = (shape: (number | null)[], classifierMeta?: object): ImageModel => ({
  inputs: [{ shape }],
  ...(classifierMeta && { getUserDefinedMetadata: () => ({ classifierMeta }) }),
});
const first = async (set: Awaited<ReturnType<typeof loadImages>>): Promise<number[]> =>
  Array.from((await set.example(0)).pixels.values.slice(0, 3));

describe('loadImages', () => {
  it("brings images to a model's size with values in [0, 1], folders being classes", async () => {
    await image('b/1.png', [255, 0, 51]);
    await image('b/2.jpg', [9, 9, 9], 40, 20);
    await image('a/deep/3.webp', [0, 0, 0], 3, 3);
    writeFileSync(join(root, 'a', 'list.txt'), 'not an image');
    const events: number[] = [];
    const set = await loadImages(root, model([null, 4, 5, 3]), { onProgress: ({ done }) => events.push(done) });
    expect([set.classes, [...set.labels], set.isLabelled, set.files.map((file) => file.slice(root.length))]).toEqual([
      ['a', 'b'],
      [0, 1, 1],
      true,
      ['/a/deep/3.webp', '/b/1.png', '/b/2.jpg'],
    ]);
    expect([set.preprocessing, set.sources.smallest, set.sources.largest, set.sources.coloured]).toEqual([
      { inputSize: [4, 5, 3] },
      [3, 3],
      [40, 20],
      3,
    ]);
    expect([set.skipped.length, events]).toEqual([1, [1, 2, 3]]);
    for await (const { images, labels } of set.batches(2)) {
      expect(images.shape.slice(1)).toEqual([4, 5, 3]);
      if (labels.shape[0] === 1) expect([...(await labels.data())]).toEqual([1]);
      tf.dispose([images, labels]);
    }
    expect([...(await set.example(1)).pixels.values.slice(0, 3)]).toEqual([1, 0, Math.fround(0.2)]);
  });

  it('takes the preprocessing and the order of classes that a model states, or another preprocessing', async () => {
    const file = await image('cat/1.png', [255, 0, 51]);
    await image('ant/2.png', [0, 0, 0]);
    const meta = {
      classNames: ['dog', 'cat', 'ant'],
      preprocessing: { inputSize: [2, 2, 3], range: [-1, 1], channelOrder: 'bgr' },
    };
    for (const stated of [
      model([null, 2, 2, 3], meta),
      { ...model([null, 2, 2, 3]), metadata: { classifierMeta: meta } },
    ]) {
      const set = await loadImages(root, stated);
      expect([set.classes, [...set.labels]]).toEqual([meta.classNames, [2, 1]]);
      expect([...(await set.example(1)).pixels.values.slice(0, 3)].map((v) => Number(v.toFixed(6)))).toEqual([
        -0.6, -1, 1,
      ]);
    }
    const grey = await loadImages([file], { inputSize: [1, 1, 1], range: [0, 255] });
    expect([(await first(grey)).map(Math.round), grey.isLabelled, grey.classes]).toEqual([[82], false, ['unknown']]);
    await expect(loadImages(root, model([null, 2, 2, 3]), { classNames: ['ant'] })).rejects.toThrow(
      /holds a folder "cat", which is none of the model's classes ant/,
    );
  });

  it('scales as the preprocessing says: squashed, cropped from a larger size, or to cover', async () => {
    // Left half black, right half white.
    const file = join(root, 'half.png');
    const pixels = Uint8Array.from({ length: 8 * 4 }, (_, i) => (i % 8 < 4 ? 0 : 255));
    await sharp(pixels, { raw: { width: 8, height: 4, channels: 1 } }).toFile(file);
    const row = async (more: object): Promise<number[]> => {
      const set = await loadImages(file, { inputSize: [4, 4, 1], range: [0, 255], ...more });
      return Array.from((await set.example(0)).pixels.values.slice(0, 4), Math.round);
    };
    // Whole columns are averaged: pairs of equal ones when squashed, single ones when cropped.
    expect(await row({ cropMode: 'squash' })).toEqual([0, 32, 223, 255]);
    expect(await row({})).toEqual([0, 0, 255, 255]);
    expect((await row({ cropPct: 0.5 }))[1]).toBeGreaterThan(0);
    expect(await row({ cropMode: 'squash', interpolation: 'bicubic' })).not.toEqual([0, 32, 223, 255]);
  });

  it('turns images upright by their EXIF tag', async () => {
    const file = join(root, 'turned.jpg');
    await sharp({ create: { width: 30, height: 10, channels: 3, background: 'red' } })
      .withMetadata({ orientation: 6 })
      .toFile(file);
    expect((await loadImages(file, { inputSize: [3, 1, 3] })).sources.largest).toEqual([10, 30]);
  });

  it('leaves out and names what cannot be read where that is asked for', async () => {
    await image('a/1.png', [1, 2, 3]);
    const half = await image('b/2.png', [1, 2, 3], 90, 90);
    const bytes = readFileSync(half);
    writeFileSync(half, bytes.subarray(0, bytes.length - 20));
    writeFileSync(join(root, 'b', '3.png'), '<html>');
    const form = { inputSize: [2, 2, 3] } as const;
    const { file, reason } = { file: join(root, 'b', '3.png'), reason: /^loadImages: .*3\.png is damaged: a web page/ };
    await expect(loadImages(root, form)).rejects.toMatchObject({ name: 'DamagedFileError', file });
    await expect(loadImages(root, form)).rejects.toThrow(reason);
    rmSync(file);
    const whole = await loadImages(root, form);
    await expect(whole.example(1)).rejects.toThrow(`loadImages: ${half} is damaged at byte ${bytes.length - 20}: `);
    const set = await loadImages(root, form, { skipUnreadable: true });
    expect([set.length, set.files, set.unreadable.map((image) => image.file)]).toEqual([
      1,
      [join(root, 'a/1.png')],
      [half],
    ]);
    await expect(loadImages([half], form, { skipUnreadable: true })).rejects.toThrow(
      'none of the 1 images can be read',
    );
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no such path', () => loadImages(join(root, 'none'), model([null, 2, 2, 3])), /loadImages: cannot read .*none/],
    ['a folder without images', () => loadImages(root, model([null, 2, 2, 3])), /holds no image/],
    ['a file that is none', () => loadImages([join(root, 'note.txt')], model([null, 2, 2, 3])), /note.txt is no image/],
    ['a model of any size', () => loadImages(root, model([null, null, null, 3])), /choose one: \{ inputSize/],
    ['a model of text', () => loadImages(root, model([null, 7])), /must take one image/],
    ['two channels', () => loadImages(root, model([null, 2, 2, 2])), /1 channel or 3/],
    ['an empty list', () => loadImages([], model([null, 2, 2, 3])), /loadImages: source/],
  ])('refuses %s', async (_, load, message) => {
    writeFileSync(join(root, 'note.txt'), 'note');
    await expect(load()).rejects.toThrow(message);
  });
});
