import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../run/root.mjs';
import { apiReports } from './apiReport.mjs';

it('api.md of every package is what is built', () => {
  const stale = [...apiReports()].filter(([path, text]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  expect(
    stale.map(([path]) => path),
    'node tools/check/apiReport.mjs --write, and look at the change',
  ).toEqual([]);
});
