// What each reader says of a file that is not what it should be: whose fault it is, by name, and at which byte.
import { matOf, npyOf, parquetOf, tarOf, tgzOf, zipOf } from '@curvature-tuning/tiny-sets';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { SetFiles } from '../layouts/layout.js';
import { labelsOf } from '../layouts/npyImages.js';
import { checkClasses, findFile, indexOf } from '../layouts/setFiles.js';
import { archiveEntries } from './archiveEntries.js';
import { chunksOf, collect, sourceOf } from './byteSource.js';
import { cifarLabels } from './cifarBinary.js';
import { DamagedFileError } from './damagedFile.js';
import { parseIdx } from './idx.js';
import { parseMat } from './mat.js';
import { parseNpy } from './npy.js';
import { readParquetImages } from './parquet.js';
import { readIdx } from './readIdx.js';
import { readTar } from './tar.js';
import { parseTextTable } from './textTable.js';

const FILE = 'some.file';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
/** With other bytes at a place. */
const changed = (bytes: Uint8Array, at: number, ...others: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(others, at);
  return copy;
};

async function unpack(bytes: Uint8Array, mostBytes = 10_000): Promise<void> {
  for await (const { chunks } of archiveEntries(sourceOf(bytes, FILE), { mostBytes }))
    await collect(chunks, mostBytes, () => new Error('too much'));
}

async function readAll(entries: AsyncIterable<object>): Promise<void> {
  for await (const entry of entries)
    if ('chunks' in entry)
      await collect(entry.chunks as AsyncIterable<Uint8Array>, 10_000, () => new Error('too much'));
}

const idx = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
const npy = npyOf('u1', [3], [1, 2, 3]);
const wide = npyOf('i8', [2], [1, 2 ** 31]);
const zip = zipOf({ 'a.txt': 'hello', 'b.txt': 'world' });
const second = Buffer.from(zip).indexOf('PK\x03\x04', 1, 'latin1');
const parquet = parquetOf([Uint8Array.of(1), Uint8Array.of(2)], [0, 1]);
const pages = bytesOf('<!doctype html>');
const twoRows = 'ä 1\nb 2\nc\n';
const cifar = changed(new Uint8Array(2 * 3073), 3073, 10);
const place: SetFiles = { place: FILE, paths: [], open: () => Promise.reject(new Error('none')) };

it.each<[string, () => unknown, number | 'somewhere' | undefined]>([
  ['IDX, empty', () => parseIdx(new Uint8Array(), FILE), 0],
  ['IDX, its header cut off', () => parseIdx(idx.subarray(0, 6), FILE), 6],
  ['IDX, truncated', () => parseIdx(idx.subarray(0, 9), FILE), 9],
  ['IDX, with trailing bytes', () => parseIdx(Uint8Array.of(...idx, 1, 2), FILE), 11],
  ['IDX, a page', () => parseIdx(pages, FILE), 0],
  ['IDX, gzipped, with trailing bytes', () => readIdx(gzipSync(Uint8Array.of(...idx, 1)), { source: FILE }), 11],
  ['IDX, gzipped, truncated', () => readIdx(gzipSync(idx.subarray(0, 10)), { source: FILE }), 10],
  ['IDX, in half a gzip stream', () => readIdx(gzipSync(idx).subarray(0, 12), { source: FILE }), 'somewhere'],
  ['CIFAR, half a record', () => cifarLabels(new Uint8Array(4000), { file: FILE, labels: 1, classes: 10 }), 3073],
  ['CIFAR, no such class', () => cifarLabels(cifar, { file: FILE, labels: 1, classes: 10 }), 3073],
  ['npy, another file', () => parseNpy(pages, FILE), 0],
  ['npy, of an unknown version', () => parseNpy(changed(npy, 6, 9), FILE), 6],
  ['npy, a lying header', () => parseNpy(changed(npy, 8, 0xff, 0xff), FILE), 8],
  ['npy, truncated', () => parseNpy(npy.subarray(0, -1), FILE), npy.length - 1],
  ['npy, beyond 32 bits', () => parseNpy(wide, FILE), wide.length - 8],
  ['npy, no such class', () => labelsOf(parseNpy(npy, FILE), 3, 3, FILE), npy.length - 1],
  ['MAT, another file', () => parseMat(pages, FILE), 126],
  ['MAT, truncated', () => parseMat(matOf({ ids: [1, 2, 3] }, false).subarray(0, 150), FILE), 128],
  ['zip, truncated', () => unpack(zip.subarray(0, zip.length - 30)), zip.length - 30],
  ['zip, an entry without header', () => unpack(changed(zip, second, 0)), second],
  ['zip, a name that leads out', () => unpack(zipOf({ a: 'x', '../b': 'y' })), 34],
  ['npz, a page', () => unpack(pages), 0],
  ['tar, cut within an entry', async () => unpack((await tarOf({ a: 'hello' })).subarray(0, 515)), 515],
  ['tar, no header', async () => unpack(changed(await tarOf({ a: 'x', b: 'y' }), 1024, 7)), 1536],
  ['tar, two of one name', async () => unpack(await tarOf({ a: 'x', A: 'y' })), 1024],
  ['tar, more than it may be', async () => unpack(await tarOf({ a: 'x', b: 'yy' }), 2), 1024],
  [
    'tar.gz, cut',
    async () => readAll(readTar(chunksOf(sourceOf((await tgzOf({ a: 'x' })).subarray(0, 60), FILE)), FILE)),
    'somewhere',
  ],
  [
    'Parquet, truncated',
    () => readAll(readParquetImages(sourceOf(parquet.subarray(0, 50), FILE), { image: 'image', label: 'labels' })),
    50,
  ],
  [
    'Parquet, without the column',
    () => readAll(readParquetImages(sourceOf(parquet, FILE), { image: 'image', label: 'x' })),
    parquet.length - 8,
  ],
  ['table, too few cells, behind a letter of two bytes', () => parseTextTable(twoRows, { file: FILE, columns: 2 }), 9],
  ['table, a page', () => parseTextTable('<html>', { file: FILE, columns: 2 }), 0],
  ['a set without a file', () => findFile(place, 'a.txt'), undefined],
  ['a set without a class', () => checkClasses(['a'], 2, place), undefined],
  ['a list of other names', () => indexOf(['a'], FILE)('b'), undefined],
])('%s', async (_, read, offset) => {
  const fault = await Promise.resolve()
    .then(read)
    .catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(DamagedFileError);
  const { file, offset: at, message } = fault as DamagedFileError;
  expect([file, at]).toEqual([FILE, offset === 'somewhere' ? expect.any(Number) : offset]);
  expect(message).toMatch(new RegExp(`^\\w+: ${FILE} is damaged${at === undefined ? '' : ` at byte ${at}`}: .+; .+`));
});
