import { toDataSet } from '@curvature-tuning/datasets';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { thumbnailsOf } from './thumbnails.js';

const decode = async (source: string): Promise<{ data: Buffer; info: { width: number; height: number } }> =>
  sharp(Buffer.from(source.slice(source.indexOf(',') + 1), 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });

it('keeps every pixel of a small grey image, of the one that was asked for', async () => {
  const images = Uint8Array.from({ length: 3 * 12 }, (_, i) => 7 * i);
  const set = { images, labels: Uint8Array.of(0, 1, 0), shape: [4, 3, 1], classes: ['a', 'b'] } as const;
  const [thumbnail] = await thumbnailsOf(toDataSet(set), [2]);
  expect(thumbnail!.index).toBe(2);
  expect(thumbnail!.source).toMatch(/^data:image\/png;base64,/);
  const { data, info } = await decode(thumbnail!.source);
  expect([info.width, info.height]).toEqual([3, 4]);
  const channels = data.length / 12;
  expect(Array.from({ length: 12 }, (_, i) => data[i * channels])).toEqual([...images.subarray(24)]);
});

it('shrinks a large image in colour to 96 pixels', async () => {
  const images = new Uint8Array(200 * 100 * 3).fill(90);
  const set = { images, labels: Uint8Array.of(0), shape: [200, 100, 3], classes: ['a'] } as const;
  const [thumbnail] = await thumbnailsOf(toDataSet(set), [0]);
  expect(thumbnail!.source).toMatch(/^data:image\/jpeg;base64,/);
  const { data, info } = await decode(thumbnail!.source);
  expect([info.width, info.height]).toEqual([48, 96]);
  expect(Math.abs(data[0]! - 90)).toBeLessThan(4);
});
