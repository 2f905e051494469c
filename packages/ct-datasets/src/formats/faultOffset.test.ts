import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultOffset } from './faultOffset.js';

const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7919) % 251);
const image = sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
const made: Record<string, Uint8Array> = {};
beforeAll(async () => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)
    made[format] = new Uint8Array(await image.clone().toFormat(format).toBuffer());
});

describe.each(['jpeg', 'png', 'webp', 'gif'])('a %s file', (format) => {
  it('that is whole has no fault, and one that ends too early has it at its end', () => {
    const bytes = made[format]!;
    expect(faultOffset(bytes)).toBeUndefined();
    for (let end = 30; end < bytes.length - 1; end += 101) expect(faultOffset(bytes.subarray(0, end))).toBe(end);
  });
});

it('says which chunk of a PNG has another sum', () => {
  const bytes = made['png']!.slice();
  // The first chunk, IHDR, has 25 bytes from byte 8 on.
  bytes[20]! ^= 1;
  expect(faultOffset(bytes)).toBe(8);
});

it('says where a marker of a JPEG should be, and where restart markers do not count', () => {
  const bytes = made['jpeg']!.slice();
  bytes[2] = 0;
  expect(faultOffset(bytes)).toBe(2);
  // Start of scan, packed bytes, restart markers 0 and 2.
  const scan = [0xff, 0xd8, 0xff, 0xda, 0, 3, 1, 7, 0xff, 0, 7, 0xff, 0xd0, 7, 0xff, 0xd2, 7, 0xff, 0xd9];
  expect(faultOffset(Uint8Array.from(scan))).toBe(14);
  scan[15] = 0xd1;
  expect(faultOffset(Uint8Array.from(scan))).toBeUndefined();
});

it('says where a part of a WebP or a GIF is none', () => {
  const webp = made['webp']!.slice();
  new DataView(webp.buffer).setUint32(16, 2 ** 31, true);
  expect(faultOffset(webp)).toBe(12);
  expect(faultOffset(Uint8Array.of(...Buffer.from('GIF89a'), 1, 0, 1, 0, 0, 0, 0, 7))).toBe(13);
});

it('says nothing of other formats, nor of nothing', () => {
  expect(faultOffset(made['tiff']!.subarray(0, 50))).toBeUndefined();
  expect(faultOffset(new Uint8Array())).toBeUndefined();
});
