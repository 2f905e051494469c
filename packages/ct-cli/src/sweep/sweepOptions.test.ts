// How `ct sweep` and `ct worker` refuse.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inFolders } from '../../test/ct.js';

const { ct, folder } = inFolders();

it.each([
  [['sweep', 'none.json'], 2, 'a sweep must be a JSON file, "none.json" cannot be read (ENOENT)'],
  [['sweep', 'bad.json'], 1, 'parseSweep: bad.json must be JSON'],
  [['sweep', 'kind.json'], 1, 'cellsOf: the kind of a cell must be one of transfer, got "x"'],
  [['worker'], 2, '--folder must name the folder of a sweep'],
])('%j is refused', async (args, code, message) => {
  writeFileSync(join(folder(), 'bad.json'), '{');
  writeFileSync(join(folder(), 'kind.json'), '{"name":"a","cells":[{"kind":"x"}]}');
  const run = await ct(args);
  expect(run.code).toBe(code);
  expect(run.stderr).toContain(message);
});
