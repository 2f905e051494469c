// A model and photos of one's own, by the `ct` that npm installs: one run of what experiments/ownTask.mjs measures.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adaptInFolder } from '../../experiments/adaptInFolder.mjs';
import { writeNsfwjs } from '../../experiments/nsfwjsFiles.mjs';
import { drawPhotos } from '../../experiments/photos.mjs';
import { command } from './everything.mjs';

const { folder, reason } = await command();

if (reason !== undefined) it.skip(`ct, from photos to predictions (${reason})`);
else
  it(
    "ct steer gets 85 % of a third-party graph's test photos right, and ct apply the same from its files; below 1.5 GB",
    { timeout: 600_000 },
    async () => {
      const place = join(folder, 'own-task');
      rmSync(place, { recursive: true, force: true });
      mkdirSync(place);
      await writeNsfwjs('graph', join(place, 'model'));
      await drawPhotos(join(place, 'photos'), { train: 40, validation: 8, test: 40 }, 42);
      const ct = join(folder, 'node_modules/@curvature-tuning/cli/dist/bin.js');
      const options = ['--methods', 'sct', '--betas', '0.7'];
      const { outcomes, applied, ...costs } = await adaptInFolder(ct, place, 'steer', options);
      expect(outcomes.sct.testAccuracy).toBeGreaterThan(0.85);
      expect(applied).toMatchObject({ adapter: 'sct', testAccuracy: outcomes.sct.testAccuracy, same: true });
      expect(costs.peakMB).toBeLessThan(1500);
      expect(applied.peakMB).toBeLessThan(1500);
      // Two on a quiet machine.
      expect(costs.firstProgressSeconds).toBeLessThan(5);
    },
  );
