// The cells of a comparison on disk: kept once, by all they depend on, and believed only whole. Damaged ones are in
// cells.fuzz.ts.
import type { Cell } from '@curvature-tuning/lora-baseline';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStore } from './cellFile.js';
import { someCell as cell, someKey as key } from '../test/someCell.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-cells-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const cellsOf = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith('.json'));

describe('FileStore', () => {
  it('keeps each cell in a file of its own and lists them all', async () => {
    const path = join(folder, 'a', 'cells.json');
    const store = await FileStore.open(path);
    expect([store.size, await store.get(key(1)), existsSync(path)]).toEqual([0, undefined, false]);
    await store.set(key(1), cell(1));
    await store.set(key(2), cell(2));
    const again = await FileStore.open(path);
    expect([
      again.size,
      await again.get(key(1)),
      await again.get(key(2)),
      await again.get(key(1, { epochs: 2 })),
    ]).toEqual([2, cell(1), cell(2), undefined]);
    const listed = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Cell>;
    expect(
      Object.keys(listed)
        .map((name) => `${name}.json`)
        .sort(),
    ).toEqual(cellsOf(join(folder, 'a', 'cells')).sort());
    expect(Object.values(listed)).toEqual(expect.arrayContaining([cell(1), cell(2)]));
    expect(readdirSync(join(folder, 'a', 'cells')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('a cell whose file was taken away is run anew, and one that others made since is there', async () => {
    const path = join(folder, 'cells.json');
    const [one, two] = [await FileStore.open(path), await FileStore.open(path)];
    await one.set(key(1), cell(1));
    expect(await two.get(key(1))).toEqual(cell(1));
    await two.set(key(2), cell(2));
    await one.set(key(3), cell(3));
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object).length).toBe(3);
    rmSync(join(folder, 'cells'), { recursive: true });
    expect(await one.get(key(1))).toBeUndefined();
    expect((await FileStore.open(path)).size).toBe(0);
  });

  it(
    'many writers at once lose nothing; of one cell the first counts, and another result of it is ' + 'reported',
    async () => {
      const path = join(folder, 'cells.json');
      const stores = await Promise.all(Array.from({ length: 4 }, () => FileStore.open(path)));
      await Promise.all(
        stores.flatMap((store, i) => Array.from({ length: 5 }, (_, k) => store.set(key(5 * i + k), cell(5 * i + k)))),
      );
      const all = await FileStore.open(path);
      expect(all.size).toBe(20);
      await stores[0]!.set(key(50), cell(50, 0.5));
      await stores[1]!.set(key(50), { ...cell(50, 0.5), seconds: 9 });
      expect(stores[1]!.cells.differing).toEqual([]);
      await stores[2]!.set(key(50), cell(50, 0.25));
      expect(stores[2]!.cells.differing.length).toBe(1);
      expect((await stores[2]!.get(key(50)))!.result!.testAccuracy).toBe(0.5);
    },
  );

  it('leaves what is not ours: another file by its name, foreign files in the folder', async () => {
    const path = join(folder, 'cells.json');
    for (const text of [
      '"my notes"',
      '[1, 2]',
      '[]',
      '5',
      'null',
      'notes',
      '',
      '{"a": 1}',
      JSON.stringify({ 'wasm/v2/tuned': cell(1) }),
    ]) {
      writeFileSync(path, text);
      await expect(FileStore.open(path)).rejects.toThrow(path);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    rmSync(path);
    mkdirSync(join(folder, 'cells'));
    writeFileSync(join(folder, 'cells', 'notes.json'), '{}');
    const store = await FileStore.open(path);
    expect(store.cells.foreign).toEqual(['notes.json']);
    await store.set(key(1), cell(1));
    expect(readFileSync(join(folder, 'cells', 'notes.json'), 'utf8')).toBe('{}');
    writeFileSync(path, 'notes');
    await expect(store.set(key(2), cell(2))).rejects.toThrow(path);
    expect(readFileSync(path, 'utf8')).toBe('notes');
    // The cell itself is kept.
    expect(cellsOf(join(folder, 'cells')).length).toBe(3);
  });
});
