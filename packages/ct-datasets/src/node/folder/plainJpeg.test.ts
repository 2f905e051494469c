import sharp from 'sharp';
import { expect, it } from 'vitest';
import { plainJpeg } from './plainJpeg.js';

const image = sharp({ create: { width: 300, height: 20, channels: 3, background: '#345' } });

it('gives the size of photographs of which nothing else is said, baseline and progressive', async () => {
  for (const progressive of [false, true])
    expect(plainJpeg(await image.clone().jpeg({ progressive }).toBuffer())).toEqual({ width: 300, height: 20 });
});

it.each([
  ['Exif', () => image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer()],
  ['a colour profile', () => image.clone().withIccProfile('p3').jpeg().toBuffer()],
  ['four colours', () => image.clone().toColourspace('cmyk').jpeg().toBuffer()],
  ['one colour', () => image.clone().toColourspace('b-w').jpeg().toBuffer()],
  ['another format', () => image.clone().png().toBuffer()],
  ['a header that is cut off', async () => (await image.clone().jpeg().toBuffer()).subarray(0, 100)],
  ['nothing', () => Promise.resolve(new Uint8Array())],
])('gives nothing of a file with %s', async (_, make) => {
  expect(plainJpeg(await make())).toBeUndefined();
});
