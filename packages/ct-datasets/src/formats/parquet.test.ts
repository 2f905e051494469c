import { describe, expect, it } from 'vitest';
import { parquetOf } from '../../test/support/archives.js';
import { sourceOf } from './byteSource.js';
import { readParquetImages } from './parquet.js';

const images = [Uint8Array.of(255, 216, 1), Uint8Array.of(255, 216, 0, 128), Uint8Array.of(9), Uint8Array.of(8)];
const columns = { image: 'image', label: 'labels' };

async function rows(bytes: Uint8Array, named = columns): Promise<unknown[]> {
  const found = [];
  for await (const row of readParquetImages(sourceOf(bytes, 'x.parquet'), named)) found.push(row);
  return found;
}

describe('readParquetImages', () => {
  it('reads bytes and labels, group by group', async () => {
    const labels = [2, 0, 1, 1];
    expect(await rows(parquetOf(images, labels))).toEqual(
      images.map((bytes, row) => ({ row, label: labels[row], bytes })),
    );
  });

  it('refuses what is no such file, and names the row without image or label', async () => {
    const bytes = parquetOf(images, [2, 0, 1, 1]);
    await expect(rows(bytes.subarray(0, 50))).rejects.toThrow(
      /readParquet: x\.parquet is damaged: it is no Parquet file/,
    );
    await expect(rows(bytes, { image: 'photo', label: 'labels' })).rejects.toThrow(/x\.parquet is damaged/);
    await expect(rows(parquetOf(images, [0, 0, -1, 0]))).rejects.toThrow(/row 2 has no image .* or no class number/);
    const wiped = bytes.slice();
    wiped.fill(0, 4, 60);
    await expect(rows(wiped)).rejects.toThrow(/group 1 of 2 of its rows cannot be read|row 0 has no image/);
  });
});
