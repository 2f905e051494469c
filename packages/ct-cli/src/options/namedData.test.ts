import type { DataSet } from '@curvature-tuning/data';
import type { ImageSet } from '@curvature-tuning/datasets';
import { hashSplits } from '@curvature-tuning/datasets';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import type { PixelData } from './namedData.js';
import { DATA_NAMES, isArchiveName, openNamed } from './namedData.js';

async function imageSetOf(set: DataSet): Promise<ImageSet> {
  const images: number[] = [];
  for await (const { pixels } of set) images.push(...pixels.values);
  return { images: Uint8Array.from(images), labels: set.labels, shape: [8, 8, 1], classes: set.classes };
}

it('knows 24 names', () => {
  expect(DATA_NAMES).toHaveLength(24);
  expect(DATA_NAMES.filter(isArchiveName)).toHaveLength(20);
});

it('opens a set of any size, in the size and channels of a network, from where CT_DATA_DIR has it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ct-named-'));
  vi.stubEnv('CT_DATA_DIR', root);
  const image = await sharp({ create: { width: 20, height: 10, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();
  for (const split of ['train', 'val'])
    for (let c = 0; c < 10; c++) {
      const folder = join(root, 'imagenette', 'imagenette2', split, `n${c}`);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < 5; i++) writeFileSync(join(folder, `${i}.png`), image);
    }
  const { signal } = new AbortController();
  const events: number[] = [];
  const open = (mostKept?: number): Promise<PixelData> =>
    openNamed('imagenette', {
      seed: 42,
      preprocessing: { inputSize: [8, 8, 1] },
      signal,
      onFetch: () => expect.unreachable('nothing is fetched'),
      onProgress: (done) => events.push(done),
      mostKept,
    });
  const { train, validation, test, shape, mean, split, hash } = await open();
  expect([train.length, validation.length, test.length]).toEqual([40, 10, 50]);
  const { pixels } = await train.example(3);
  expect([pixels.values[7], pixels.shape, shape]).toEqual([128, [8, 8, 1], [8, 8, 1]]);
  expect([mean?.length, split, events.at(-1)]).toEqual([1, 'stratified', 100]);
  // One that is not kept has the same name and pixels, and is read again.
  const large = await open(0);
  expect([large.hash, (await large.train.example(3)).pixels]).toEqual([hash, pixels]);
  const sets = await Promise.all([train, validation, test].map((set) => imageSetOf(set)));
  expect(hash).toBe(await hashSplits({ train: sets[0]!, validation: sets[1]!, test: sets[2]! }));
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});
