import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { someCell as cell, someKey as key } from '../test/someCell.js';
import { CellFolder } from './cellFolder.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-cells-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const cellsOf = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith('.json'));

it('takes up cells that others made, lets go of those that are gone, and lists them by name', async () => {
  const [mine, theirs] = [await CellFolder.open(folder), await CellFolder.open(folder)];
  await theirs.set(key(2), cell(2));
  await theirs.set(key(1), cell(1));
  expect(mine.cells.size).toBe(0);
  await mine.refresh();
  expect([...mine.cells.keys()]).toEqual(
    cellsOf(folder)
      .map((name) => name.slice(0, -'.json'.length))
      .sort(),
  );
  expect(await mine.get(key(2))).toEqual(cell(2));
  cellsOf(folder).forEach((name) => rmSync(join(folder, name)));
  await mine.refresh();
  expect(mine.cells.size).toBe(0);
  expect(await mine.get(key(2))).toBeUndefined();
});

it('keeps the first of two results of a cell, and remembers that they differ', async () => {
  const [first, second] = [await CellFolder.open(folder), await CellFolder.open(folder)];
  await first.set(key(3), cell(3, 0.5));
  await second.set(key(3), cell(3, 0.75));
  expect(await second.get(key(3))).toEqual(cell(3, 0.5));
  expect([first.differing.length, second.differing.length]).toEqual([0, 1]);
});

it('begins empty where there is no folder, and leaves files that are none of its own', async () => {
  const none = await CellFolder.open(join(folder, 'none'));
  expect([none.cells.size, none.foreign]).toEqual([0, []]);
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  expect((await CellFolder.open(folder)).foreign).toEqual(['notes.txt']);
});

it('refuses a cell under the name or specification of another', async () => {
  const store = await CellFolder.open(folder);
  await expect(store.set(key(1), cell(2))).rejects.toThrow('CellFolder: the cell.seed must be 1, got 2');
  await store.set(key(1), cell(1));
  renameSync(join(folder, cellsOf(folder)[0]!), join(folder, `${'0'.repeat(64)}.json`));
  await expect(CellFolder.open(folder)).rejects.toThrow(
    /0000\.json: its specification must be that which its name is the hash of; it was damaged: move it away/,
  );
});
