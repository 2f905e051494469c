import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { collectDataset, DATA_NAMES, isArchiveName } from './namedData.js';

it('knows 24 names', () => {
  expect(DATA_NAMES).toHaveLength(24);
  expect(DATA_NAMES.filter(isArchiveName)).toHaveLength(20);
});

it('brings a set into memory, in the size and channels of a network, from where CT_DATA_DIR has it', async () => {
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
  const { train, validation, test, mean, split } = await collectDataset('imagenette', {
    seed: 42,
    preprocessing: { inputSize: [8, 8, 1] },
    signal,
    onFetch: () => expect.unreachable('nothing is fetched'),
    onProgress: (done) => events.push(done),
  });
  expect([train.labels.length, validation.labels.length, test.labels.length]).toEqual([40, 10, 50]);
  expect([train.shape, mean.length, split, train.images[7], events.at(-1)]).toEqual([
    [8, 8, 1],
    1,
    'stratified',
    128,
    100,
  ]);
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});
