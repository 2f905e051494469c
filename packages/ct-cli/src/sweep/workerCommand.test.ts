// `ct worker` as a user runs it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inFolders } from '../../test/ct.js';
import { named, writeSquares } from '../../test/squares.js';

const { ct, folder } = inFolders();

it('a worker runs a sweep that was begun elsewhere, unless it is cancelled or of another version', async () => {
  writeSquares(folder(), [1, 2]);
  expect((await ct(['sweep', 'cancel', ...named, '--folder', 'out'])).code).toBe(0);
  expect((await ct(['worker', '--folder', 'out', '--cells', 'cells.mjs'])).stderr).toContain('it has no plan.json');
  expect((await ct(['sweep', ...named, '--folder', 'out'])).code).toBe(0);
  const worker = await ct(['worker', '--folder', 'out', '--cells', 'cells.mjs']);
  expect([worker.code, worker.stdout]).toEqual([0, 'squares: 2 of 2 cells are done, 0 failed\n']);
  const module = join(folder(), 'cells.mjs');
  writeFileSync(module, readFileSync(module, 'utf8').replace('version: 1', 'version: 2'));
  const other = await ct(['worker', '--folder', 'out', '--cells', 'cells.mjs']);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('worker: cells "square" must be of version 1, as whoever began the sweep has them');
});
