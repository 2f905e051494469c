/**
 * Damaged images of all formats: each is refused by an error with its file's name, or decodes to the wanted form as
 * sharp has its pixels.
 */
import type { Mutation } from '@curvature-tuning/checks/testing';
import { fuzz, mutateBytes } from '@curvature-tuning/checks/testing';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pixelDecoder } from '../src/node/folder/decodeImage.js';
import { imageFormat } from '../src/node/folder/imageFormat.js';

let folder: string;
const images: { name: string; bytes: Uint8Array }[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ct-fuzz-images-'));
  const pixels = new Uint8Array(12 * 10 * 3).map((_, i) => (i * 37) % 256);
  const image = sharp(pixels, { raw: { width: 12, height: 10, channels: 3 } });
  for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)
    images.push({ name: format, bytes: new Uint8Array(await image.clone().toFormat(format).toBuffer()) });
  images.push({ name: 'grey png', bytes: new Uint8Array(await image.clone().toColourspace('b-w').png().toBuffer()) });
  images.push({
    name: 'turned jpeg',
    bytes: new Uint8Array(await image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer()),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Open files of this process, where the system tells. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

it(
  '1,600 damaged PNG, JPEG, WebP, GIF, TIFF and AVIF files are refused by the name of their file, or ' +
    'give pixels of the wanted form',
  async ({ task }) => {
    const decode = await pixelDecoder();
    const before = openFiles();
    const { faults, refused, accepted } = await fuzz<Uint8Array>(task, {
      cases: 1600,
      seed: 3,
      draw: (random, i) => {
        const { name, bytes } = images[i % images.length]!;
        const first: Mutation<Uint8Array> = mutateBytes(bytes, random);
        return { title: `${name}, ${first.title}`, value: first.value };
      },
      run: async (bytes, i) => {
        imageFormat(bytes.subarray(0, 512));
        const path = join(folder, `image ${i}`);
        writeFileSync(path, bytes);
        try {
          const channels = i % 2 === 0 ? 3 : 1;
          const decoded = (await decode(path, { size: [10, 12], channels })).values as Uint8Array;
          if (decoded.length !== 120 * channels) return `${decoded.length} bytes`;
          const { data, info } = await sharp(bytes, { failOn: 'error' })
            .autoOrient()
            .removeAlpha()
            .toColourspace('srgb')
            .raw({ depth: 'uchar' })
            .toBuffer({ resolveWithObject: true });
          const isAsStored = info.width === 12 && info.height === 10 && info.channels === channels;
          return isAsStored && !data.equals(decoded) ? 'other pixels than sharp has' : undefined;
        } catch (error) {
          if (error instanceof Error && !error.message.includes(path))
            return `does not name the file: ${error.message}`;
          throw error;
        } finally {
          rmSync(path);
        }
      },
      refusal: /^imageFolder: (cannot decode .*maxPixels|.* is damaged)/s,
    });
    expect(faults).toEqual([]);
    expect(Math.min(refused, accepted)).toBeGreaterThan(200);
    expect(openFiles() - before).toBeLessThan(20);
  },
);
