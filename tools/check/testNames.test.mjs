import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../run/root.mjs';
import { listed, untested } from './testNames.mjs';

/** How many sources may be without; lower it with every test that is written. */
const MOST = 4;

it(`lists ${MOST} sources without a test of their name at most`, () => {
  expect(Object.keys(listed()).length).toBeLessThanOrEqual(MOST);
});

it('finds a test by the name of every source with logic, but for those of untested.json', () => {
  const missing = untested().filter((path) => !(path in listed()));
  const cure = 'write x.test.ts beside x.ts; if the source has only moved: node tools/check/testNames.mjs --write';
  expect(missing, cure).toEqual([]);
});

it('lists no source that is gone or has a test by now', () => {
  const now = untested();
  const stale = Object.keys(listed()).filter((path) => !now.includes(path));
  expect(stale, 'node tools/check/testNames.mjs --write').toEqual([]);
});

it('names tests that are there, and says why a source has none of its own', () => {
  const gone = Object.entries(listed()).filter(([, { test }]) => !existsSync(join(root, test)));
  expect(gone).toEqual([]);
  const unexplained = Object.entries(listed()).filter(([, { why }]) => why.length < 20);
  expect(unexplained, 'fill in "why", or write the test').toEqual([]);
});
