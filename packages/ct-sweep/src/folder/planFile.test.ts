import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CellKinds } from '../cell/cell.js';
import type { Sweep } from '../cell/sweep.js';
import { readPlan, writePlan } from './planFile.js';

const kinds: CellKinds = { a: { version: 3, run: () => 0 } };
const sweep: Sweep = { name: 's', cells: [{ kind: 'a', over: { x: [1, 2] } }], limits: { seconds: 5 } };

it('is read as it was written, by workers of the same version alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ct-plan-'));
  try {
    await expect(readPlan(folder, kinds)).rejects.toThrow(/it has no plan\.json; begin with ct sweep/);
    await writePlan(folder, sweep, kinds);
    expect(await readPlan(folder, kinds)).toEqual(sweep);
    await expect(readPlan(folder, { a: { version: 2, run: () => 0 } })).rejects.toThrow(
      'worker: cells "a" must be of version 3, as whoever began the sweep has them, this worker has version 2; ' +
        'bring the older of the two up to date',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
