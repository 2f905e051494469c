import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { greyOf, picture } from '@curvature-tuning/tiny-sets';
import { diskFiles } from './diskFiles.js';
import { storedDataSet } from './storedDataSet.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-stored-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('storedDataSet', () => {
  it('decodes files when they are asked for, in their own form or another', async () => {
    await writeFile(join(root, 'a.jpg'), await picture(3));
    const files = await diskFiles(root);
    const stored = { labels: [0], images: ['a.jpg'] };
    const own = await (await storedDataSet(stored, { files, classes: ['a'], form: {} })).example(0);
    expect(own.pixels.shape).toEqual([10, 12, 3]);
    const form = { size: [6, 6], channels: 1 } as const;
    const { pixels } = await (await storedDataSet(stored, { files, classes: ['a'], form })).example(0);
    expect(pixels.shape).toEqual([6, 6, 1]);
    expect(pixels.values[0]).toBe(greyOf(3));
    const trimmed = await storedDataSet({ ...stored, trimBottom: 4 }, { files, classes: ['a'], form: {} });
    expect((await trimmed.example(0)).pixels.shape).toEqual([6, 12, 3]);
  });

  it('names the file that cannot be decoded, and reads the others', async () => {
    const good = await picture(3);
    await writeFile(join(root, 'a.jpg'), good);
    await writeFile(join(root, 'b.jpg'), good.subarray(0, 100));
    const files = await diskFiles(root);
    const set = await storedDataSet(
      { labels: [0, 0], images: ['a.jpg', 'b.jpg'] },
      { files, classes: ['a'], form: {} },
    );
    await expect(set.example(1)).rejects.toThrow(/^loadDataset: .*b\.jpg is damaged/);
    expect((await set.example(0)).label).toBe(0);
  });

  it('scales stored pixels, and brings them to grey or colour', async () => {
    const files = await diskFiles(root);
    const stored = { labels: [0], shape: [4, 4, 1] as const, read: () => new Uint8Array(16).fill(7) };
    const set = await storedDataSet(stored, { files, classes: ['a'], form: { size: [8, 8], channels: 3 } });
    expect(await set.example(0)).toEqual({
      label: 0,
      pixels: { values: new Uint8Array(192).fill(7), shape: [8, 8, 3] },
    });
  });
});
