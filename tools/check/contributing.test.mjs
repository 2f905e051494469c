// CONTRIBUTING.md names commands, files and folders that are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../run/root.mjs';

const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

it('names scripts that package.json has', () => {
  const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

it('names programs that the checkout or npm itself brings', () => {
  const ours = readdirSync(join(root, 'node_modules/.bin'));
  const named = [...text.matchAll(/\bnpx ([\w-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !ours.includes(name))).toEqual([]);
});

it('names files and folders that exist', () => {
  const named = [...text.matchAll(/`((?:tools|docs|packages|experiments|apps|\.github|\.ci)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !path.startsWith('packages/ct-x') && !existsSync(join(root, path)))).toEqual([]);
});

it('is run as a whole by the workflow that is run for every change', () => {
  const workflow = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8');
  expect(
    workflow
      .match(/^ +- run: .*$/gm)
      ?.at(-1)
      ?.trim(),
  ).toBe('- run: .ci/run');
});
