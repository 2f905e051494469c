import { parquetReadObjects } from 'hyparquet';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parquetOf } from '@curvature-tuning/tiny-sets';
import { sourceOf } from './byteSource.js';
import type { ParquetImage } from './parquet.js';
import { readParquetImages } from './parquet.js';

const images = [Uint8Array.of(255, 216, 1), Uint8Array.of(255, 216, 0, 128), Uint8Array.of(9), Uint8Array.of(8)];
const columns = { image: 'image', label: 'labels' };

async function rows(bytes: Uint8Array, named = columns): Promise<ParquetImage[]> {
  const found = [];
  for await (const row of readParquetImages(sourceOf(bytes, 'x.parquet'), named)) found.push(row);
  return found;
}

describe('readParquetImages', () => {
  it('reads bytes and labels, group by group', async () => {
    const labels = [2, 0, 1, 1];
    expect(await rows(parquetOf(images, labels))).toMatchObject(
      images.map((bytes, row) => ({ row, label: labels[row], bytes })),
    );
  });

  it('reads what hyparquet reads: repeated images, long ones, hundreds of labels', async () => {
    const many = Array.from({ length: 300 }, (_, i) => new Uint8Array(1 + ((i * 37) % 400)).fill(i % 7));
    const bytes = parquetOf(
      many,
      many.map((_, i) => i % 131),
      128,
    );
    const expected = await parquetReadObjects({ file: bytes.slice().buffer, utf8: false });
    expect(await rows(bytes)).toMatchObject(
      expected.map(({ image, labels }, row) => ({ row, label: Number(labels), bytes: (image as ParquetImage).bytes })),
    );
  });

  it.each(['snappy-v1', 'none-v1', 'snappy-v2', 'plain-v2'])("reads pyarrow's pages: %s", async (name) => {
    const file = new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url);
    const found = await rows(new Uint8Array(readFileSync(file)));
    expect(found).toHaveLength(40);
    for (const [i, { row, label, bytes }] of found.entries())
      expect([row, label, bytes.length, bytes[0], bytes.at(-1)]).toEqual([i, i % 3, 5 + (i % 11), i % 5, i % 5]);
  });

  it('refuses what is no such file, and names the row without image or label', async () => {
    const bytes = parquetOf(images, [2, 0, 1, 1]);
    await expect(rows(bytes.subarray(0, 50))).rejects.toThrow(
      /readParquet: x\.parquet is damaged at byte 50: it is no Parquet file/,
    );
    await expect(rows(bytes, { image: 'photo', label: 'labels' })).rejects.toThrow(
      /x\.parquet is damaged at byte \d+: it has no column "photo\.bytes" but image\.bytes, image\.path, labels/,
    );
    await expect(rows(parquetOf(images, [0, 0, -1, 0]))).rejects.toThrow(/row 2 has no image .* or no class number/);
    const wiped = bytes.slice();
    wiped.fill(0, 4, 60);
    await expect(rows(wiped)).rejects.toThrow(/x\.parquet is damaged at byte \d+: /);
  });

  it('refuses every flipped bit and every cut of a small file by name and byte, or reads as many rows', async () => {
    const bytes = parquetOf(images, [2, 0, 1, 1]);
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = bytes.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const found = await rows(altered).catch((error: Error) => error);
      if (!(found instanceof Error)) continue;
      refused++;
      expect(found.message).toMatch(/^readParquet: x\.parquet is damaged/);
    }
    expect(refused).toBeGreaterThan(bytes.length);
    for (let length = 0; length < bytes.length; length += 7)
      await expect(rows(bytes.subarray(0, length))).rejects.toThrow(/^readParquet: x\.parquet is damaged/);
  });
});
