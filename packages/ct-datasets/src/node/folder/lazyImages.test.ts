import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DecodeProgress } from '../../opening/setProgress.js';
import { lazyImages, sourcesOf } from './lazyImages.js';

let folder = '';
const files: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ct-lazy-'));
  for (const [i, grey] of [10, 20, 30].entries()) {
    const background = { r: grey, g: grey, b: grey };
    files.push(join(folder, `${i}.png`));
    await sharp({ create: { width: 2 + i, height: 2, channels: 3, background } }).toFile(files[i]!);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const labels = [1, 0, 1];
const classes = ['a', 'b'];
const form = { size: [1, 1], channels: 1 } as const;
const reader = { caller: 'loadImages', name: 'photos' } as const;

it('reads headers at first, and pixels when they are asked for', async () => {
  const heard: DecodeProgress[] = [];
  const onProgress = (event: DecodeProgress): unknown => heard.push(event);
  const { set, kept, sources, unreadable } = await lazyImages({ files, labels, classes, impostors: [] }, form, reader, {
    onProgress,
  });
  expect([[...set.labels], kept, unreadable]).toEqual([labels, [0, 1, 2], []]);
  expect(sourcesOf(sources)).toEqual({ smallest: [2, 2], largest: [4, 2], coloured: 3 });
  expect(heard.at(-1)).toEqual({ phase: 'inspect', file: 'photos', done: 3, total: 3, secondsLeft: 0 });
  expect((await set.example(1)).pixels.values).toEqual(Uint8Array.of(20));
  // What becomes of a file afterwards is found when it is read.
  await writeFile(files[1]!, 'gone');
  await expect(set.example(1)).rejects.toThrow(`loadImages: ${files[1]} is damaged`);
});

it('refuses what is no image, or leaves it out with what has no header', async () => {
  const impostors = [{ path: files[0]!, reason: 'a web page' }];
  const found = { files, labels, classes, impostors };
  await expect(lazyImages(found, form, reader, {})).rejects.toThrow(`${files[0]} is damaged: a web page`);
  const { set, kept, unreadable } = await lazyImages(found, form, reader, { skipUnreadable: true });
  expect([[...set.labels], kept, unreadable.map(({ file }) => file)]).toEqual([[1], [2], files.slice(0, 2)]);
});
