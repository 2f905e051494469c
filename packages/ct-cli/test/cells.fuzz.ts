/**
 * Damaged cells and listings of a comparison: refused by the name of the file, which stays, or as good as whole.
 */
import { canonicalJson } from '@curvature-tuning/checks';
import { fuzz, mutateJsonFile } from '@curvature-tuning/checks/testing';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileStore } from '../src/cellFile.js';
import { someCell, someKey } from './someCell.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-fuzz-cells-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it.for(['cell', 'listing'])(
  '1,000 damaged files of a %s are refused by their name, and stay, or are the same',
  async (kind, { task }) => {
    const path = join(folder, 'cells.json');
    const store = await FileStore.open(path);
    await store.set(someKey(1), someCell(1));
    const cells = join(folder, 'cells');
    const file =
      kind === 'listing'
        ? path
        : join(
            cells,
            readdirSync(cells).find((name) => name.endsWith('.json'))!,
          );
    const whole = readFileSync(file);
    const { faults, refused } = await fuzz(task, {
      cases: 1000,
      seed: 10,
      draw: (random) => mutateJsonFile(whole, random, 0.3),
      run: async (bytes) => {
        writeFileSync(file, bytes);
        try {
          const cell = await (await FileStore.open(path)).get(someKey(1));
          return canonicalJson(cell) === canonicalJson(someCell(1)) ? undefined : `it is ${JSON.stringify(cell)}`;
        } catch (error) {
          if (!readFileSync(file).equals(bytes)) return 'what was there is gone';
          if (error instanceof Error && !error.message.startsWith(`${file}: `))
            return `does not name the file: ${error.message}`;
          throw error;
        } finally {
          writeFileSync(file, whole);
        }
      },
      refusal: /cells(\.json|\/[0-9a-f]{64}\.json): /,
    });
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(800);
  },
);
