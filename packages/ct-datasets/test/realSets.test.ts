/**
 * The full sets, where copies of them are at hand: below `CT_DATA_DIR`, or where Debian's package
 * dataset-fashion-mnist puts them. Nothing is downloaded here; a set that is absent is skipped by name.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalog } from '../src/catalog/catalog.js';
import type { RemoteFile } from '../src/catalog/catalog.js';
import { channelStatistics } from '../src/images/channelStatistics.js';
import { hashImageSet } from '../src/images/hashImageSet.js';
import { loadDataset as loadBundledDataset } from '../src/catalog/loadDataset.js';
import { loadDataset, loadFashionMnist, loadMnist } from '../src/node.js';
import { subset } from '../src/images/imageSet.js';
import type { ImageSet } from '../src/images/imageSet.js';

const root = process.env['CT_DATA_DIR'] ?? '/usr/share/datasets';
const present = (name: 'mnist' | 'fashion-mnist'): boolean =>
  Object.values(catalog[name].files).every((file: RemoteFile) =>
    [file.name, file.name.replace('.gz', '')].some((found) => existsSync(join(root, name, found))),
  );
const perClass = ({ labels }: ImageSet): number[] =>
  Array.from({ length: 10 }, (_, k) => Array.from(labels).filter((label) => label === k).length);

describe.skipIf(!present('fashion-mnist'))('fashion-mnist (needs its files)', () => {
  it('follows the published lists, of which the bundled sample is a part', async () => {
    const full = await loadFashionMnist({ root, offline: true });
    const sample = await loadBundledDataset('fashion-mnist-sample');
    expect(full).toMatchObject({ seed: 42, split: 'published' });
    expect(full.test.labels).toHaveLength(10000);
    expect(perClass(full.test)).toEqual(Array(10).fill(1000));
    expect(await hashImageSet(full.train)).toBe(await hashImageSet(sample.train));
    expect(await hashImageSet(full.validation)).toBe(await hashImageSet(sample.validation));
    const firstTest = subset(
      full.test,
      Array.from({ length: 2000 }, (_, i) => i),
    );
    expect(await hashImageSet(firstTest)).toBe(await hashImageSet(sample.test));
  });

  it('draws other seeds and sizes, stratified', async () => {
    const other = await loadDataset('fashion-mnist', { root, offline: true, seed: 1 });
    expect(other.split).toBe('stratified');
    expect(perClass(other.train)).toEqual(Array(10).fill(200));
    expect(perClass(other.validation)).toEqual(Array(10).fill(50));
    const small = await loadDataset('fashion-mnist', { root, offline: true, sizes: { train: 1000, validation: 250 } });
    expect(small.split).toBe('stratified');
    expect([small.train.labels.length, small.validation.labels.length]).toEqual([1000, 250]);
  });

  it('whose catalogued mean and std are those of all training images to 0.0005', async () => {
    const { train, mean, std } = await loadFashionMnist({
      root,
      offline: true,
      sizes: { train: 59990, validation: 10 },
    });
    const measured = channelStatistics(train);
    expect(Math.abs(measured.mean[0]! - mean[0]!)).toBeLessThan(0.0005);
    expect(Math.abs(measured.std[0]! - std[0]!)).toBeLessThan(0.0005);
  });

  it('whose files on the mirrors, rebuilt with their gzip headers, download and verify', async () => {
    const { files } = catalog['fashion-mnist'];
    const rebuilt = await Promise.all(
      Object.values(files).map(async (file: RemoteFile) => [file, await original(file)] as const),
    );
    const server = createServer((request, response) => {
      response.end(rebuilt.find(([file]) => request.url === `/${file.name}`)?.[1]);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cache = await mkdtemp(join(tmpdir(), 'ct-full-'));
    try {
      for (const [file, bytes] of rebuilt) {
        expect([bytes.length, createHash('md5').update(bytes).digest('hex')]).toEqual([file.bytes, file.md5]);
      }
      const dataset = await loadFashionMnist({ root: cache, mirrors: [mirror] });
      expect(dataset.hash).toBe((await loadFashionMnist({ root, offline: true })).hash);
      expect(await readdir(join(cache, 'fashion-mnist'))).toEqual(
        Object.values(files)
          .map(({ name }) => name)
          .sort(),
      );
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(cache, { recursive: true });
    }
  });
});

/**
 * The file as it is on the mirrors. Debian's copy has its gzip header stripped of name and time; the times below
 * are those with which the catalogue's MD5 comes out, which proves the rest identical.
 */
async function original(file: RemoteFile): Promise<Uint8Array> {
  const local = new Uint8Array(await readFile(join(root, 'fashion-mnist', file.name)));
  if (local.length === file.bytes) return local;
  const time = file.name.startsWith('train') ? 1504176606 : 1504176627;
  const header = new Uint8Array(10);
  header.set([0x1f, 0x8b, 8, 8]);
  new DataView(header.buffer).setUint32(4, time, true);
  header[9] = 3;
  return new Uint8Array(Buffer.concat([header, Buffer.from(`${file.name.replace('.gz', '')}\0`), local.subarray(10)]));
}

describe.skipIf(!present('mnist'))('mnist (needs its files)', () => {
  it('holds 60,000 and 10,000 digits, drawn stratified by seed', async () => {
    const dataset = await loadMnist({ root, offline: true });
    expect(dataset).toMatchObject({ seed: 42, split: 'stratified', licence: 'CC-BY-SA-3.0' });
    expect([dataset.train, dataset.validation, dataset.test].map(({ labels }) => labels.length)).toEqual([
      2000, 500, 10000,
    ]);
    // The class counts of the test set as published with MNIST.
    expect(perClass(dataset.test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect((await loadMnist({ root, offline: true, seed: 43 })).hash).not.toBe(dataset.hash);
  });

  it('whose catalogued mean and std are those of all training images to 0.0005', async () => {
    const { train, mean, std } = await loadMnist({ root, offline: true, sizes: { train: 59990, validation: 10 } });
    const measured = channelStatistics(train);
    expect(Math.abs(measured.mean[0]! - mean[0]!)).toBeLessThan(0.0005);
    expect(Math.abs(measured.std[0]! - std[0]!)).toBeLessThan(0.0005);
  });
});

describe('loadDataset of the node entry', () => {
  it('gives the bundled sets too', async () => {
    expect((await loadDataset('digits', { seed: 43 })).hash).toBe(
      (await loadBundledDataset('digits', { seed: 43 })).hash,
    );
    await expect(loadDataset('digits', { sizes: { train: 10, validation: 10 } })).rejects.toThrow(
      /sizes apply to fashion-mnist and mnist/,
    );
  });

  it('names what there is', async () => {
    await expect(loadDataset('cifar' as 'mnist')).rejects.toThrow(
      /^loadDataset: expected one of digits, fashion-mnist-sample, .*, got "cifar"; for folders of images see imageFol/,
    );
  });
});
