import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { catalog } from '../catalog/catalog.js';
import type { RemoteFile } from '../catalog/catalog.js';
import { loadMnist, loadRemote } from './loadRemote.js';

// Small files in the place of the real ones, with sums and counts of their own.
vi.mock(import('../catalog/catalog.js'), async (original) => {
  const { catalog: real, ...others } = await original();
  return { ...others, catalog: { ...real, mnist: { ...real.mnist } } };
});

const COUNTS = { train: 60, test: 10 };
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-remote-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** IDX bytes of uint8: image i is filled with i, label i is i modulo 10. */
function idx(kind: 'images' | 'labels', count: number): Uint8Array {
  const shape = kind === 'images' ? [count, 28, 28] : [count];
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  const step = kind === 'images' ? 28 * 28 : 1;
  const data = Uint8Array.from({ length: count * step }, (_, i) => (kind === 'images' ? Math.floor(i / step) : i % 10));
  return Buffer.concat([header, data]);
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function place(name: string, contents: Uint8Array): RemoteFile {
  const zipped = gzipSync(contents);
  writeFileSync(join(folder, name), zipped);
  return {
    name,
    bytes: zipped.length,
    md5: md5(zipped),
    contents: { bytes: contents.length, md5: md5(contents) },
  };
}

/** Puts files into the folder, and their facts into the catalogue. */
function placed(testLabels = COUNTS.test): void {
  const files = {
    trainImages: place('a.gz', idx('images', COUNTS.train)),
    trainLabels: place('b.gz', idx('labels', COUNTS.train)),
    testImages: place('c.gz', idx('images', COUNTS.test)),
    testLabels: place('d.gz', idx('labels', testLabels)),
  };
  Object.assign(catalog.mnist, { counts: COUNTS, files });
}

it('draws train and validation from the training files, in the proportions of the classes', async () => {
  placed();
  const sizes = { train: 30, validation: 20 };
  const set = await loadMnist({ folder, offline: true, seed: 7, sizes });
  expect([set.name, set.seed, set.split]).toEqual(['mnist', 7, 'stratified']);
  const perClass = (labels: ArrayLike<number>): number[] =>
    Array.from({ length: 10 }, (_, k) => Array.from(labels).filter((label) => label === k).length);
  expect(perClass(set.train.labels)).toEqual(Array(10).fill(3));
  expect(perClass(set.validation.labels)).toEqual(Array(10).fill(2));
  expect([...set.test.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // Every image says which one it was.
  const drawn = [set.train, set.validation].flatMap(({ images, labels }) =>
    Array.from(labels, (label, i) => ({ label, image: images[28 * 28 * i]! })),
  );
  expect(new Set(drawn.map(({ image }) => image)).size).toBe(50);
  for (const { label, image } of drawn) expect(label).toBe(image % 10);
  const again = await loadRemote('mnist', { folder, offline: true, seed: 7, sizes });
  expect(again.hash).toBe(set.hash);
  expect((await loadRemote('mnist', { folder, offline: true, seed: 8, sizes })).hash).not.toBe(set.hash);
});

it('names the files that hold something else than the catalogue says', async () => {
  placed(9);
  await expect(loadMnist({ folder, offline: true, sizes: { train: 30, validation: 20 } })).rejects.toThrow(
    'loadDataset: c.gz is damaged at byte 0: it and d.gz must hold [10, 28, 28] and [10] of uint8, ' +
      'got [10, 28, 28] and [9]; fetch it again',
  );
});

it('says which file is missing where nothing may be downloaded', async () => {
  placed();
  rmSync(join(folder, 'b.gz'));
  await expect(loadMnist({ folder, offline: true })).rejects.toThrow(/b\.gz/);
});
