import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { headerReader } from './imageHeader.js';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-header-'))));
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

const image = sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } });

it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('reads the size of %s', async (format) => {
  const path = await put(`a.${format}`, await image.clone().toFormat(format).toBuffer());
  expect(await (await headerReader())(path, 600)).toEqual({ width: 30, height: 20, channels: 3 });
});

it('has it upright, and tells grey from colour', async () => {
  const read = await headerReader();
  const turned = await put('turned.jpg', await image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer());
  expect(await read(turned, 600)).toEqual({ width: 20, height: 30, channels: 3 });
  const grey = await put('grey.png', await image.clone().toColourspace('b-w').png().toBuffer());
  expect((await read(grey, 600)).channels).toBe(1);
  const deep = await put('deep.png', await image.clone().toColourspace('grey16').png().toBuffer());
  expect((await read(deep, 600)).channels).toBe(1);
  const print = await put('print.jpg', await image.clone().toColourspace('cmyk').jpeg().toBuffer());
  expect((await read(print, 600)).channels).toBe(3);
});

it('finds the header of a JPEG behind a profile longer than what is read at first', async () => {
  const jpeg = await image.clone().jpeg().toBuffer();
  // APP1 segments of as many bytes as one can have.
  const segment = Buffer.alloc(65_535 + 2);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(65_535, 2);
  const path = await put('long.jpg', Buffer.concat([jpeg.subarray(0, 2), segment, segment, jpeg.subarray(2)]));
  expect(await (await headerReader())(path, 600)).toEqual({ width: 30, height: 20, channels: 3 });
});

it('names what has no header, what is too large, and what is not there', async () => {
  const read = await headerReader();
  const png = await image.clone().png().toBuffer();
  const short = await put('short.png', png.subarray(0, 20));
  await expect(read(short, 600)).rejects.toMatchObject({ name: 'DamagedFileError', file: short, offset: 20 });
  const whole = await put('whole.png', png);
  await expect(read(whole, 599)).rejects.toThrow(`${whole} (its 30 x 20 = 600 pixels are more than the 599 of`);
  await expect(read(join(folder, 'none'), 1)).rejects.toThrow(/^imageFolder: cannot read .*none \(it is missing/);
});
