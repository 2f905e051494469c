// `--data` of `ct start`, which `npm start` runs: every name, from a server of small copies, and a folder of photos of
// any size and format.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SteerReport } from '../src/index.js';
import { loadData } from '../src/options/loadData.js';
import { DATA_NAMES } from '../src/options/namedData.js';
import { inFolders } from './ct.js';
import { putImagenet, serveSets } from './servedSets.js';
import type { Served } from './servedSets.js';

const { ct, folder } = inFolders();
let root: string;
let served: Served;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ct-all-'));
  served = await serveSets();
  await putImagenet(root);
}, 120_000);
afterAll(async () => {
  await served.close();
  rmSync(root, { recursive: true });
});

const network = {
  name: 'resnet14.mnist',
  preprocessing: { inputSize: [28, 28, 1] },
  preprocessingFrom: 'model',
} as const;

describe('what --data names', () => {
  it.each(DATA_NAMES)(
    '%s is fetched, unpacked and brought to the form of the network',
    async (name) => {
      vi.stubEnv('CT_DATA_DIR', root);
      vi.stubEnv('CT_DATA_MIRROR', served.mirror);
      served.use();
      const { signal } = new AbortController();
      const loaded = await loadData(name, { seed: 42, network, signal });
      for (const split of ['train', 'validation', 'test'] as const) {
        const { pixels, label } = await loaded[split].example(loaded[split].length - 1);
        expect([pixels.shape, pixels.values.constructor]).toEqual([[28, 28, 1], Float32Array]);
        expect(label).toBeLessThan(loaded.classes.length);
      }
      expect(loaded.hash).toMatch(/^[0-9a-f]{64}$/);
      vi.unstubAllEnvs();
      rmSync(join(root, name), { recursive: true, force: true });
    },
    120_000,
  );
});

/** What the report says of the set. */
function reported(): SteerReport['results'][0]['data'] {
  const report = JSON.parse(readFileSync(join(folder(), 'ct-report', 'report.json'), 'utf8')) as SteerReport;
  return report.results[0]!.data;
}

// The part of ct start that knows the set.
it('ct steer --data beans: downloads it, and adapts the network to it', async () => {
  const { code, stderr } = await ct(
    ['steer', '--data', 'beans', '--methods', 'probe,sct', '--betas', '0.8'],
    undefined,
    {
      CT_DATA_MIRROR: served.mirror,
      NODE_OPTIONS: served.preload(folder()),
    },
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/downloading train-00000-of-00001\.parquet \(0\.0 MB\)\nunpacking train-00000/);
  expect(reported()).toMatchObject({ name: 'beans', train: 15, validation: 6, test: 9 });
});

it('ct start --data FOLDER: takes photos of any size and format', async () => {
  const photos = join(folder(), 'photos');
  const formats = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const;
  for (const [label, name] of ['dark', 'light'].entries()) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const [width, height] = [20 + 17 * i, 200 - 13 * i];
      const grey = 60 + 120 * label + i;
      const image = sharp({ create: { width, height, channels: 3, background: { r: grey, g: grey, b: 255 - grey } } });
      const format = formats[i % formats.length]!;
      await image
        .withMetadata({ orientation: 1 + (i % 8) })
        .toFormat(format)
        .toFile(join(photos, name, `photo ${i}.${format}`));
    }
  }
  const { code, stderr } = await ct(['start', '--data', 'photos', '--epochs', '1', '--betas', '0.8', '--images', '2']);
  expect(code, stderr).toBe(0);
  const { name, train, validation, test } = reported();
  expect([name, train + validation + test]).toEqual(['photos', 24]);
});
