// Threads as they are built: those of the sources would have no script.
import { randomNumbers } from '@curvature-tuning/checks/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelDecoder } from '../folder/decodeImage.js';
import type { DecodeApart } from './decodeThreads.js';
import { decodeThreads } from './decodeThreads.js';
import type { ImageForm } from './scalePixels.js';

const script = new URL('../../../dist/node/threads/jpegThread.js', import.meta.url);
const photo = (name: string): string =>
  fileURLToPath(new URL(`../../../test/golden/photos/${name}.jpg`, import.meta.url));
const random = randomNumbers(3);
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-threads-'))));
afterAll(() => rm(folder, { recursive: true }));

/** A photo of noise over clouds. */
async function jpeg(name: string, [height, width]: readonly [number, number], options: object): Promise<string> {
  const pixels = Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => 128 + 80 * Math.sin(i / 50) * Math.cos(i / 999) + 40 * random(),
  );
  const path = join(folder, name);
  await sharp(pixels, { raw: { height, width, channels: 3 } })
    .jpeg(options)
    .toFile(path);
  return path;
}

/** Threads that have begun. */
async function begun(): Promise<DecodeApart> {
  const decode = decodeThreads(script, 1);
  const path = await jpeg('first.jpg', [8, 8], {});
  while ((await decode(path, {})) === undefined) await delay(10);
  return decode;
}

describe('decodeThreads', () => {
  it('gives what sharp does, to the bit: 40 photos in all forms, side by side', async () => {
    const [decode, bySharp] = [await begun(), await pixelDecoder()];
    const forms: ImageForm[] = [
      {},
      { channels: 1 },
      { size: [24, 32] },
      { size: [32, 24], channels: 1, trimBottom: 1 },
      { size: [20, 20], scaling: { interpolation: 'bicubic', cropPct: 0.875 } },
    ];
    const paths = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const size = [2 + Math.floor(random() * 90), 1 + Math.floor(random() * 90)] as const;
        const chromaSubsampling = i % 2 === 0 ? '4:2:0' : '4:4:4';
        return jpeg(`${i}.JPEG`, size, { quality: 20 + 2 * i, chromaSubsampling, progressive: i % 4 > 1 });
      }),
    );
    const found = await Promise.all(paths.map((path, i) => decode(path, forms[i % 5]!)));
    for (const [i, path] of paths.entries()) {
      const { values, shape } = await bySharp(path, forms[i % 5]!);
      expect(found[i], path).toEqual({ values: Uint8Array.from(values), shape });
    }
  });

  it('leaves to sharp what is no plain photo, damaged, too large or gone, and goes on', async () => {
    const decode = await begun();
    const whole = await jpeg('whole.jpg', [40, 50], {});
    const cut = join(folder, 'cut.jpg');
    await writeFile(cut, (await sharp(whole).jpeg().toBuffer()).subarray(0, -200));
    const empty = join(folder, 'empty.jpg');
    await writeFile(empty, '');
    for (const path of [cut, photo('turned-6'), photo('cmyk'), photo('grey'), empty, join(folder, 'none.jpg')])
      expect(await decode(path, {}), path).toBeUndefined();
    expect(await decode(whole, { maxPixels: 1999 })).toBeUndefined();
    expect((await decode(whole, { maxPixels: 2000 }))?.shape).toEqual([40, 50, 3]);
  });

  it('begins when it is worth it', async () => {
    const decode = decodeThreads(script, 300);
    const path = await jpeg('often.jpg', [8, 8], {});
    for (let i = 1; i < 300; i++) expect(await decode(path, {})).toBeUndefined();
    while ((await decode(path, {})) === undefined) await delay(10);
  });

  it('leaves all to sharp where there is no script, or where it cannot run', async () => {
    const broken = join(folder, 'broken.mjs');
    await writeFile(broken, "import 'no-such-package';");
    const path = await jpeg('any.jpg', [8, 8], {});
    for (const script of [undefined, new URL('file:///none.js'), new URL(`file://${broken}`)]) {
      const decode = decodeThreads(script, 1);
      for (let i = 0; i < 20; i++) {
        expect(await decode(path, {})).toBeUndefined();
        await delay(5);
      }
    }
  });
});
