import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readIfPresent } from './readIfPresent.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('gives the bytes, undefined where there is no file, and the error where there is something else', async () => {
  writeFileSync(join(folder, 'x'), Uint8Array.of(1, 2));
  expect(await readIfPresent(join(folder, 'x'))).toEqual(Uint8Array.of(1, 2));
  expect(await readIfPresent(join(folder, 'y'))).toBeUndefined();
  await expect(readIfPresent(folder)).rejects.toThrow(/^EISDIR: /);
});
