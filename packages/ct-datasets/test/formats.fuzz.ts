/**
 * Damaged archives, arrays and tables: each is refused by the name of its file, or read as what it now says.
 */
import { fuzz, mutateBytes } from '@curvature-tuning/checks/testing';
import { beforeAll, expect, it } from 'vitest';
import { chunksOf, collect, sourceOf } from '../src/formats/byteSource.js';
import { cifarLabels } from '../src/formats/cifarBinary.js';
import { DamagedFileError } from '../src/formats/damagedFile.js';
import { parseMat } from '../src/formats/mat.js';
import { parseNpy } from '../src/formats/npy.js';
import { readParquetImages } from '../src/formats/parquet.js';
import { readTar } from '../src/formats/tar.js';
import { parseTextTable } from '../src/formats/textTable.js';
import { listZip, readZipEntry } from '../src/formats/zip.js';
import { matOf, npyOf, parquetOf, tarOf, tgzOf, zipOf } from '@curvature-tuning/tiny-sets';

const FILE = 'some.file';
const MOST = 2 ** 22;
const tooMany = (): Error => new Error('more than the archive could hold was read');
const text = 'image_0001.jpg 1\nimage_0002.jpg 2\n'.repeat(8);
const tree = { 'a/one.txt': text, 'a/two.bin': Uint8Array.of(1, 2, 3), three: '' };

async function zipEntries(bytes: Uint8Array): Promise<undefined> {
  const source = sourceOf(bytes, FILE);
  for (const entry of await listZip(source)) await collect(readZipEntry(source, entry), MOST, tooMany);
  return undefined;
}

async function tarEntries(bytes: Uint8Array): Promise<undefined> {
  for await (const { chunks } of readTar(chunksOf(sourceOf(bytes, FILE)), FILE)) await collect(chunks, MOST, tooMany);
  return undefined;
}

async function parquetRows(bytes: Uint8Array): Promise<string | undefined> {
  let rows = 0;
  for await (const { row, bytes: image } of readParquetImages(sourceOf(bytes, FILE), {
    image: 'image',
    label: 'labels',
  }))
    if (row !== rows++ || image.length > bytes.length) return `row ${row} of ${image.length} bytes`;
  return undefined;
}

interface Format {
  readonly name: string;
  readonly cases: number;
  readonly make: () => Uint8Array | Promise<Uint8Array>;
  readonly run: (bytes: Uint8Array) => string | undefined | Promise<string | undefined>;
}

const count = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
const formats: readonly Format[] = [
  {
    name: 'npy',
    cases: 6000,
    make: () => npyOf('i8', [2, 3], [1, 2, 3, 4, 5, 6]),
    run: (bytes) => {
      const { data, shape } = parseNpy(bytes, FILE);
      return data.length === count(shape) ? undefined : `${data.length} values of [${shape.join()}]`;
    },
  },
  {
    name: 'MAT',
    cases: 3000,
    make: () => matOf({ labels: [1, 2, 3], ids: [7] }, false),
    run: (bytes) => {
      const wrong = parseMat(bytes, FILE).find(({ shape, values }) => values.length !== count(shape));
      return wrong && `${wrong.values.length} values of [${wrong.shape.join()}]`;
    },
  },
  {
    name: 'packed MAT',
    cases: 2000,
    make: () => matOf({ labels: Array.from({ length: 40 }, (_, i) => i), ids: [7] }, true),
    run: (bytes) => (parseMat(bytes, FILE).length <= 2 ? undefined : 'more arrays than there were'),
  },
  { name: 'zip', cases: 2500, make: () => zipOf(tree), run: zipEntries },
  { name: 'tar', cases: 1500, make: () => tarOf(tree), run: tarEntries },
  { name: 'tar.gz', cases: 1500, make: () => tgzOf(tree), run: tarEntries },
  {
    name: 'Parquet',
    cases: 4000,
    make: () =>
      parquetOf(
        Array.from({ length: 12 }, (_, i) => new Uint8Array(3 + i).fill(i % 4)),
        Array.from({ length: 12 }, (_, i) => i % 3),
        8,
      ),
    run: parquetRows,
  },
  {
    name: 'table',
    cases: 1000,
    make: () => new TextEncoder().encode(text),
    run: (bytes) => {
      const rows = parseTextTable(new TextDecoder().decode(bytes), { file: FILE, columns: 2 });
      return rows.every((row) => row.length === 2) ? undefined : 'a row of other length';
    },
  },
  {
    name: 'CIFAR',
    cases: 1000,
    make: () => new Uint8Array(2 * 3073).fill(3),
    run: (bytes) => {
      const labels = cifarLabels(bytes, { file: FILE, labels: 1, classes: 10 });
      return labels.every((label) => label < 10) ? undefined : 'a label that is no class';
    },
  },
];

const made = new Map<string, Uint8Array>();
beforeAll(async () => {
  for (const { name, make } of formats) made.set(name, await make());
});

it.for(formats)('$cases damaged $name files are refused by name, or read', async ({ name, cases, run }, { task }) => {
  const bytes = made.get(name)!;
  const before = process.memoryUsage().rss;
  const { faults, refused, accepted } = await fuzz<Uint8Array>(task, {
    cases,
    seed: 20,
    draw: (random) => mutateBytes(bytes, random),
    run: async (damaged) => {
      try {
        return await run(damaged);
      } catch (error) {
        if (!(error instanceof DamagedFileError)) return `not of the class of damaged files: ${String(error)}`;
        return error.file === FILE ? Promise.reject(error) : `names ${error.file}`;
      }
    },
    refusal: /^(parseNpy|parseMat|readZip|readTar|readParquet|parseTextTable|readCifar): some\.file is damaged/,
  });
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(cases / 20);
  expect(refused + accepted).toBe(cases * Number(process.env['CT_FUZZ_TIMES'] ?? 1));
  // A lying header makes no array of what it promises.
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
});
