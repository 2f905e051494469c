/**
 * Folders whose images take far more, decoded, than a process may hold: it reads all of them in a heap of 48 MB and
 * little beside, threads that decode among it.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';

const IMAGES = 500;
const SIDE = 512;
/** Bytes of the images as they are decoded; as float32 they are four times as many. */
const DECODED = IMAGES * SIDE * SIDE * 3;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ct-large-'));
  const jpeg = await sharp({ create: { width: 48, height: 48, channels: 3, background: '#3080c0' } })
    .jpeg()
    .toBuffer();
  for (let i = 0; i < IMAGES; i++) {
    const path = join(folder, 'photos', i % 2 === 0 ? 'a' : 'b');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `${i}.jpg`), jpeg);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const entry = JSON.stringify(new URL('../dist/node.js', import.meta.url).href);
const cases = [
  {
    name: 'imageFolder',
    images: IMAGES,
    open: `const { train, validation, test } = await imageFolder(path, { size: [${SIDE}, ${SIDE}] });
     const sets = [train, validation, test];`,
  },
  {
    name: 'loadImages',
    images: IMAGES / 2,
    open: `const photos = await loadImages(path, { inputSize: [${SIDE}, ${SIDE}, 3], range: [-1, 1] });
     const sets = [photos.take(${IMAGES / 2})];`,
  },
];

it.each(cases)(
  '$name reads $images images of 0.8 MB, 3.1 as floats, and grows by less than 290 MB',
  async ({ images: expected, open }) => {
    const program = join(folder, 'read.mjs');
    writeFileSync(
      program,
      `import { imageFolder, loadImages } from ${entry};
     const path = ${JSON.stringify(join(folder, 'photos'))};
     const before = process.resourceUsage().maxRSS;
     ${open}
     let images = 0;
     for (const set of sets)
       for (let i = 0; i < set.length; i += 16) {
         const some = Array.from({ length: Math.min(16, set.length - i) }, (_, k) => set.example(i + k));
         images += (await Promise.all(some)).length;
       }
     console.log(JSON.stringify({ images, grown: 1024 * (process.resourceUsage().maxRSS - before) }));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=48', program], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    const { images, grown } = JSON.parse(stdout) as { images: number; grown: number };
    expect(images).toBe(expected);
    expect(grown, `${grown / 2 ** 20} MB`).toBeLessThan(0.75 * DECODED);
  },
  60_000,
);
