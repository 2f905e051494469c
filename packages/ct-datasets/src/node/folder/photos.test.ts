// The kinds of files that decoders disagree about: their pixels are Pillow's.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pixelDecoder } from './decodeImage.js';
import { headerReader } from './imageHeader.js';

const folder = fileURLToPath(new URL('../../../test/golden/photos/', import.meta.url));
interface Case {
  readonly file: string;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly pixels: readonly number[];
}
const { cases } = JSON.parse(readFileSync(`${folder}photos.json`, 'utf8')) as { cases: readonly Case[] };

it.each(cases)("$file has Pillow's pixels to one grey level", async ({ file, shape, pixels }) => {
  const { width, height } = await (await headerReader())(folder + file, 1000);
  expect([height, width]).toEqual(shape.slice(0, 2));
  const decoded = await (await pixelDecoder())(folder + file, { channels: 3 });
  expect(decoded.shape).toEqual(shape);
  const off = Array.from(decoded.values, (value, i) => Math.abs(value - pixels[i]!));
  expect(Math.max(...off)).toBeLessThanOrEqual(1);
});
