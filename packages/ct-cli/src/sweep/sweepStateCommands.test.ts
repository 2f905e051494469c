// `ct sweep status | retry | cancel | table` as a user runs them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inFolders } from '../../test/ct.js';
import { named, writeSquares } from '../../test/squares.js';

const { ct, folder } = inFolders();

it('runs, tells, retries and tabulates', async () => {
  writeSquares(folder(), [1, -2, 3]);
  const first = await ct(['sweep', ...named]);
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(/square \{"x":-2\}: threw: Error: x is negative/);
  expect(first.stdout).toContain('squares: 2 of 3 cells are done: ct-sweep-squares/results');
  const status = await ct(['sweep', 'status', ...named]);
  expect(status.stdout).toMatch(/squares: 2 of 3 done in \d+ s, 1 failed, 0 left/);
  expect(status.stderr).toMatch(/threw, 1 times: Error: x is negative/);
  writeFileSync(join(folder(), 'mended'), '');
  expect((await ct(['sweep', 'retry', ...named])).stdout).toBe('1 cells begin anew with the next run\n');
  expect((await ct(['sweep', ...named])).code).toBe(0);
  const table = (await ct(['sweep', 'table', ...named])).stdout.trim().split('\n');
  expect(table[0]).toBe('hash,kind,x,=of.x,=y');
  expect(
    table
      .slice(1)
      .map((line) => line.slice(65))
      .sort(),
  ).toEqual(['square,-2,-2,4', 'square,1,1,1', 'square,3,3,9']);
});
