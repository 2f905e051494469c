import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashOfCell } from '../cell/cell.js';
import { SweepFolder } from './sweepFolder.js';

const cell = { kind: 'noise', version: 1, spec: { seed: 1 } };
const hash = hashOfCell(cell);
let root: string;
let folder: SweepFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ct-sweep-'));
  folder = new SweepFolder(root);
});
afterEach(() => rmSync(root, { recursive: true }));

it('keeps the first result of a cell, and says how another compares', async () => {
  expect(await folder.result(hash)).toBeUndefined();
  expect(await folder.write(cell, { b: 1, a: [0.1, null] })).toBe('written');
  expect(await folder.write(cell, { a: [0.1, null], b: 1 })).toBe('same');
  expect(await folder.write(cell, { b: 2 })).toBe('different');
  expect((await folder.result(hash))?.result).toEqual({ b: 1, a: [0.1, null] });
  expect(await folder.done()).toEqual(new Set([hash]));
  expect(readdirSync(join(root, 'results', hash.slice(0, 2)))).toEqual([`${hash}.json`]);
});

it('names a file that is damaged, and the cure', async () => {
  await folder.write(cell, 1);
  const path = join(root, 'results', hash.slice(0, 2), `${hash}.json`);
  const text = readFileSync(path, 'utf8');
  for (const damaged of [
    text.slice(0, -5),
    text.replace('"result":1', '"result":2'),
    text.replace('seed":1', 'seed":2'),
  ]) {
    writeFileSync(path, damaged);
    await expect(folder.result(hash)).rejects.toThrow(
      /results\/..\/[0-9a-f]{64}\.json.*; it was damaged: move it away/,
    );
  }
});

it('a failure lasts until the cell has a result or is forgotten', async () => {
  await folder.writeFailure(hash, { reason: 'threw', message: 'x', attempts: 2 });
  expect((await folder.failure(hash))?.attempts).toBe(2);
  await folder.write(cell, 1);
  expect(await folder.failed()).toEqual(new Set());
});

it('is cancelled until it is resumed', async () => {
  await folder.cancel();
  expect(await folder.isCancelled()).toBe(true);
  await folder.resume();
  expect(await folder.isCancelled()).toBe(false);
});
