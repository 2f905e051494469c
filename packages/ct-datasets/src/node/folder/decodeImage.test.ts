import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { resizeToCover } from '../../images/resizeToCover.js';
import { pixelDecoder } from './decodeImage.js';
import type { ImageForm } from '../threads/scalePixels.js';

let folder = '';
let decode: (path: string, form: ImageForm, signal?: AbortSignal) => Promise<Uint8Array>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ct-decode-'));
  const pixels = await pixelDecoder();
  decode = async (...given) => (await pixels(...given)).values as Uint8Array;
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.doUnmock('sharp');
  vi.resetModules();
});

/** An 8-bit image from bytes in row-major order. */
const raw = (bytes: readonly number[], width: number, height: number, channels: 1 | 2 | 3 | 4): Sharp =>
  sharp(Uint8Array.from(bytes), { raw: { width, height, channels } });

async function write(name: string, image: Sharp): Promise<string> {
  await image.toFile(join(folder, name));
  return join(folder, name);
}

const gradient = Array.from({ length: 16 }, (_, i) => 16 * i);

describe('pixelDecoder', () => {
  it('leaves an image of the wanted size as it is', async () => {
    const colours = Array.from({ length: 2 * 3 * 3 }, (_, i) => 13 * i);
    const path = await write('exact.png', raw(colours, 3, 2, 3));
    expect([...(await decode(path, { size: [2, 3], channels: 3 }))]).toEqual(colours);
  });

  it('repeats grey in RGB, and takes the Rec. 601 luma of RGB in grey', async () => {
    const grey = await write('grey.png', raw([0, 100, 200, 255], 2, 2, 1).toColourspace('b-w'));
    expect([...(await decode(grey, { size: [2, 2], channels: 1 }))]).toEqual([0, 100, 200, 255]);
    expect([...(await decode(grey, { size: [2, 2], channels: 3 }))]).toEqual([
      0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255,
    ]);
    const colours = await write('primary.png', raw([255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77], 4, 1, 3));
    // round(255 * [0.299, 0.587, 0.114]), as Pillow's convert('L') has them.
    expect([...(await decode(colours, { size: [1, 4], channels: 1 }))]).toEqual([76, 150, 29, 77]);
  });

  it('drops transparency instead of blending it', async () => {
    const path = await write('alpha.png', raw([200, 100, 50, 128, 200, 100, 50, 255], 2, 1, 4));
    expect([...(await decode(path, { size: [1, 2], channels: 3 }))]).toEqual([200, 100, 50, 200, 100, 50]);
  });

  it('reduces 16 bits to 8', async () => {
    const image = sharp(Uint16Array.of(0, 0x8080, 0xffff, 0x4040), {
      raw: { width: 2, height: 2, channels: 1 },
    }).toColourspace('grey16');
    const path = await write('deep.png', image);
    expect((await sharp(path).metadata()).depth).toBe('ushort');
    expect([...(await decode(path, { size: [2, 2], channels: 1 }))]).toEqual([0, 128, 255, 64]);
  });

  it('turns an image upright by its EXIF tag', async () => {
    // Orientation 6: the stored image is to be turned by 90 degrees clockwise.
    const path = await write(
      'turned.png',
      raw([10, 20], 2, 1, 1).toColourspace('b-w').withMetadata({ orientation: 6 }),
    );
    expect([...(await decode(path, { size: [2, 1], channels: 1 }))]).toEqual([10, 20]);
  });

  it('crops about the centre what does not fit', async () => {
    const path = await write('wide.png', raw([1, 2, 3, 4, 5, 6], 6, 1, 1).toColourspace('b-w'));
    expect([...(await decode(path, { size: [1, 2], channels: 1 }))]).toEqual([3, 4]);
  });

  it('scales as Pillow does: weights 1/8 3/8 3/8 1/8, renormalised at the edge', async () => {
    const rows = [0, 0, 0, 0].flatMap(() => [0, 80, 160, 240]);
    const path = await write('ramp.png', raw(rows, 4, 4, 1).toColourspace('b-w'));
    expect([...(await decode(path, { size: [2, 2], channels: 1 }))]).toEqual([57, 183, 57, 183]);
  });

  it.each(['jpg', 'webp', 'gif', 'tiff', 'avif'] as const)('reads %s', async (extension) => {
    const flat = raw(
      gradient.flatMap(() => [120, 120, 120]),
      4,
      4,
      3,
    );
    const decoded = await decode(await write(`flat.${extension}`, flat), { size: [4, 4], channels: 1 });
    for (const value of decoded) expect(Math.abs(value - 120)).toBeLessThanOrEqual(3);
  });

  it('names a file that cannot be decoded: no image, and half of one', async () => {
    const text = join(folder, 'text.jpg');
    await writeFile(text, 'not an image');
    await expect(decode(text, { size: [2, 2], channels: 3 })).rejects.toThrow(
      new RegExp(`^imageFolder: ${text} is damaged: .*; remove or repair it$`, 's'),
    );
    const noise = Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const whole = await raw(noise, 64, 64, 3).jpeg().toBuffer();
    const half = join(folder, 'half.jpg');
    await writeFile(half, whole.subarray(0, whole.length / 2));
    await expect(decode(half, { size: [2, 2], channels: 3 })).rejects.toMatchObject({
      name: 'DamagedFileError',
      file: half,
      offset: Math.floor(whole.length / 2),
    });
  });

  it('reads a name that ends in brackets', async () => {
    const path = join(folder, 'photo[1]');
    await writeFile(path, await raw([0, 80, 160, 240], 2, 2, 1).png().toBuffer());
    expect([...(await decode(path, { size: [2, 2], channels: 1 }))]).toEqual([0, 80, 160, 240]);
  });

  it('brings CMYK to RGB, and takes the first frame of an animation', async () => {
    const cmyk = join(folder, 'print.jpg');
    await writeFile(
      cmyk,
      await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 200, b: 200 } } })
        .toColourspace('cmyk')
        .jpeg({ quality: 100 })
        .toBuffer(),
    );
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    // The profiles there and back cost some levels; read as its inverse, or as four channels, it would be far off.
    for (const value of await decode(cmyk, { size: [8, 8], channels: 3 }))
      expect(Math.abs(value - 200)).toBeLessThanOrEqual(16);
    const frames = [10, 200].flatMap((grey) => Array.from({ length: 4 * 4 * 3 }, () => grey));
    const animation = join(folder, 'moving.gif');
    await writeFile(
      animation,
      await sharp(Uint8Array.from(frames), { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
        .gif({ delay: [100, 100] })
        .toBuffer(),
    );
    expect((await sharp(animation).metadata()).pages).toBe(2);
    // The palette of a GIF rounds.
    for (const value of await decode(animation, { size: [4, 4], channels: 1 }))
      expect(Math.abs(value - 10)).toBeLessThanOrEqual(8);
  });

  it('refuses by its header an image of too many pixels, and reads one of the most allowed', async () => {
    const path = await write('large.png', raw(gradient, 4, 4, 1));
    await expect(decode(path, { size: [2, 2], channels: 1, maxPixels: 15 })).rejects.toThrow(
      `imageFolder: cannot decode ${path} (its 4 x 4 = 16 pixels are more than the 15 of maxPixels); make ` +
        'it smaller, remove it, or raise maxPixels',
    );
    expect(await decode(path, { size: [2, 2], channels: 1, maxPixels: 16 })).toHaveLength(4);
  });

  it('scales a large image in turns, to the same bytes, and stops by its signal between them', async () => {
    const [width, height] = [2000, 1500];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
    const path = await write('turns.png', sharp(pixels, { raw: { width, height, channels: 3 } }));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const scaled = await decode(path, { size: [31, 40], channels: 3 });
    clearInterval(counting);
    expect(turns).toBeGreaterThan(1);
    expect(Buffer.compare(scaled, resizeToCover(pixels, [height, width, 3], [31, 40]))).toBe(0);
    const reason = new Error('enough');
    await expect(decode(path, { size: [31, 40], channels: 3 }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('names the cure when sharp is not installed', async () => {
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'");
    });
    const { pixelDecoder: fresh } = await import('./decodeImage.js');
    await expect(fresh()).rejects.toThrow(
      /needs the optional package sharp, which cannot be loaded .*; install it with: npm install sharp$/,
    );
  });
});
