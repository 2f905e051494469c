/**
 * Every set end to end, from a server of small archives of exactly the real layout.
 */
import { greyOf, picture, serve, tinyNames, tinySet } from '@curvature-tuning/tiny-sets';
import type { Server } from '@curvature-tuning/tiny-sets';
import '@tensorflow/tfjs-backend-cpu';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectInPlace } from '../../test/expectInPlace.js';
import { ARCHIVE_CATALOG } from '../index.js';
import type { ArchiveName } from '../index.js';
import { loadDataset, openDataset } from '../node.js';
import type { SetProgress } from '../node.js';

let root = '';
let server: Server | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-sets-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

describe.each(tinyNames as ArchiveName[])('%s', (name) => {
  it('is downloaded, unpacked and read, its splits its own or drawn', async () => {
    const { contents, files, counts } = await tinySet(ARCHIVE_CATALOG[name]);
    server = await serve(contents);
    const progress: SetProgress[] = [];
    const options = { root, files, mirrors: [server.url], onProgress: (event: SetProgress) => progress.push(event) };
    const opened = await openDataset(name, options);
    const { classCount, mean } = ARCHIVE_CATALOG[name];
    expect(opened.classes).toHaveLength(classCount);
    const sizes = [opened.train.length, opened.validation.length, opened.test.length];
    const own = Object.values(counts);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(own.reduce((sum, size) => sum + size));
    if (counts.train !== undefined && counts.validation !== undefined && counts.test !== undefined)
      expect(sizes).toEqual([counts.train, counts.validation, counts.test]);
    if (counts.train !== undefined && counts.validation === undefined && counts.test !== undefined)
      expect(sizes).toEqual([counts.train * 0.8, counts.train * 0.2, counts.test]);
    await expectInPlace(opened);
    const phases = new Set(progress.map(({ phase }) => phase));
    expect(phases.has('download')).toBe(true);
    expect(phases.has('unpack')).toBe(true);

    // Again, without a network: nothing is asked for.
    const asked = server.requests.length;
    const size = [8, 8] as const;
    const channels = mean.length as 1 | 3;
    const again = await loadDataset(name, { split: 'test', root, files, offline: true, size, channels });
    expect(server.requests).toHaveLength(asked);
    expect([...again.labels]).toEqual([...opened.test.labels]);
    const before = memory().numTensors;
    const [batch] = await batchesOf(again.take(4).batches(4));
    expect(batch!.images.shape).toEqual([4, 8, 8, channels]);
    dispose([batch!.images, batch!.labels]);
    expect(memory().numTensors).toBe(before);
  });
});

async function batchesOf<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe('openDataset', () => {
  it('reads ImageNet from a folder that was put there, and says how where it was not', async () => {
    await expect(openDataset('imagenet', { root })).rejects.toThrow(/imagenet is not in .*val\/<class>/);
    const names = Array.from({ length: 1000 }, (_, label) => `n${String(label).padStart(8, '0')}`);
    const image = await picture(3);
    for (const split of ['train', 'val'])
      for (const name of names) {
        await mkdir(join(root, 'imagenet', split, name), { recursive: true });
        const each = split === 'train' ? 5 : 1;
        for (let i = 0; i < each; i++) await writeFile(join(root, 'imagenet', split, name, `${i}.JPEG`), image);
      }
    const { train, validation, test, ownSplits } = await openDataset('imagenet', { root });
    expect([train.length, validation.length, test.length]).toEqual([4000, 1000, 1000]);
    expect(ownSplits).toEqual(['train', 'test']);
    expect((await test.example(7)).pixels.shape).toEqual([10, 12, 3]);
    // RobustBench's list: the images that it names, in its order, with or without images to train with.
    const named = [names[700]!, names[3]!].map((name) => `${name}/0.JPEG`);
    const file = join(root, 'imagenet', 'imagenet_test_image_ids.txt');
    await writeFile(file, named.join('\n'));
    const listed = await openDataset('imagenet', { root, list: 'robustbench', offline: true });
    expect([[...listed.test.labels], listed.train.length]).toEqual([[700, 3], 4000]);
    await rm(join(root, 'imagenet', 'train'), { recursive: true });
    const alone = await loadDataset('imagenet', { root, list: 'robustbench', offline: true, split: 'test' });
    expect([...alone.labels]).toEqual([700, 3]);
    await writeFile(file, 'n1/0.JPEG');
    await expect(openDataset('imagenet', { root, list: 'robustbench', offline: true })).rejects.toThrow(
      /must hold n1\/0\.JPEG, which imagenet_test_image_ids\.txt names; put it there/,
    );
    await expect(openDataset('dtd', { root, list: 'robustbench' })).rejects.toThrow('dtd has no lists');
  });

  it('says that a class is missing, a variant unknown, a name unknown', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.imagenette);
    server = await serve(contents);
    const options = { root, files, mirrors: [server.url] };
    await openDataset('imagenette', options);
    const folder = join(root, 'imagenette', 'imagenette2', 'imagenette2');
    for (const split of ['train', 'val']) await rm(join(folder, split, 'n01440764'), { recursive: true });
    await expect(openDataset('imagenette', options)).rejects.toThrow(/holds 9 classes, expected 10/);
    await expect(openDataset('imagenette', { ...options, variant: 'fog' })).rejects.toThrow(/has no variants/);
    await expect(openDataset('cifar10-c', { ...options, variant: 'x' })).rejects.toThrow(
      /has the variants gaussian_noise/,
    );
    await expect(openDataset('imagnet' as 'imagenet')).rejects.toThrow(/expected one of digits/);
  });

  it('names an image that is damaged on the disk, by file and byte, or leaves it out where asked to', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.imagenette);
    server = await serve(contents);
    const options = { root, files, mirrors: [server.url] };
    const { test } = await openDataset('imagenette', options);
    const folder = join(root, 'imagenette', 'imagenette2', 'imagenette2', 'val', 'n01440764');
    const [name] = await readdir(folder);
    const file = join(folder, name!);
    await writeFile(file, (await readFile(file)).subarray(0, 200));
    await expect(test.example(0)).rejects.toMatchObject({ name: 'DamagedFileError', file, offset: 200 });
    const left = await openDataset('imagenette', { ...options, skipUnreadable: true });
    expect([left.test.length, left.unreadable]).toEqual([
      test.length - 1,
      [
        {
          file: expect.stringMatching(/val\/n01440764\//) as string,
          reason: expect.objectContaining({ offset: 200 }) as Error,
        },
      ],
    ]);
    const { length, unreadable } = await loadDataset('imagenette', { ...options, split: 'test', skipUnreadable: true });
    expect([length, unreadable.length]).toEqual([test.length - 1, 1]);
    const { unreadable: none } = await loadDataset('imagenette', { ...options, split: 'train', skipUnreadable: true });
    expect(none).toEqual([]);
  });

  it('reads a severity of CIFAR-10-C, and an attribute of CelebA', async () => {
    const tiny = {
      'cifar10-c': await tinySet(ARCHIVE_CATALOG['cifar10-c']),
      'celeb-a': await tinySet(ARCHIVE_CATALOG['celeb-a']),
    };
    server = await serve({ ...tiny['cifar10-c'].contents, ...tiny['celeb-a'].contents });
    const mirrors = [server.url];
    const { files } = tiny['cifar10-c'];
    const fog = await openDataset('cifar10-c', { root, mirrors, files, variant: 'fog', severity: 2 });
    const { pixels, label } = await fog.test.example(0);
    expect(pixels.values[0]).toBe(greyOf(label) + 1);
    const faces = { root, mirrors, files: tiny['celeb-a'].files };
    expect((await openDataset('celeb-a', faces)).classes).toEqual(['not Smiling', 'Smiling']);
    expect([...(await openDataset('celeb-a', { ...faces, variant: 'Young' })).train.labels]).toEqual([0, 0, 0, 0]);
  });

  it('cuts the line of text off photos of aeroplanes', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG['fgvc-aircraft']);
    server = await serve(contents);
    const { test } = await openDataset('fgvc-aircraft', { root, files, mirrors: [server.url] });
    expect((await test.example(0)).pixels.shape).toEqual([20, 24, 3]);
    expect(test.classes[0]).toBe('Boeing 737 - 200');
  });
});
