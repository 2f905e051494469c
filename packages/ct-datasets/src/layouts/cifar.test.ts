import { describe, expect, it } from 'vitest';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { sourceOf } from '../formats/byteSource.js';
import { cifar100 } from './cifar.js';
import type { SetFiles, StoredPixels } from './layout.js';

const names = new TextEncoder().encode(Array.from({ length: 100 }, (_, i) => `thing ${i}\n`).join(''));
const filesOf = (contents: Record<string, Uint8Array>): SetFiles => ({
  place: 'here',
  paths: Object.keys(contents),
  open: (path) => Promise.resolve(sourceOf(contents[path]!, path)),
});
const record = (label: number): Uint8Array =>
  Uint8Array.from({ length: 3074 }, (_, i) => (i < 2 ? [7, label][i]! : Math.floor((i - 2) / 1024) + 1));

describe('cifar100', () => {
  it('reads fine labels, and red, green and blue of each pixel beside each other', async () => {
    const files = filesOf({ 'a/train.bin': record(99), 'a/test.bin': record(0), 'a/fine_label_names.txt': names });
    const { classes, splits } = await cifar100(files, ARCHIVE_CATALOG.cifar100, {});
    expect(classes[99]).toBe('thing 99');
    const train = splits.train as StoredPixels;
    expect([...Array.from(train.labels), train.shape]).toEqual([99, [32, 32, 3]]);
    const pixels = await train.read(0);
    expect(pixels).toHaveLength(3072);
    expect([...pixels.subarray(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('names the byte of a record that is cut short, or of a label that is no class', async () => {
    const good = { 'test.bin': record(0), 'fine_label_names.txt': names };
    const read = (train: Uint8Array): Promise<unknown> =>
      cifar100(filesOf({ ...good, 'train.bin': train }), ARCHIVE_CATALOG.cifar100, {});
    await expect(read(record(1).subarray(1))).rejects.toMatchObject({ file: 'train.bin', offset: 0 });
    await expect(read(record(100))).rejects.toThrow(/train\.bin is damaged at byte 1: 100 is none of 100 classes/);
  });
});
