import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFileSource, readSource } from './readSource.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('reads files, data addresses and bytes alike', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  writeFileSync(join(folder, 'x'), bytes);
  const file = pathToFileURL(join(folder, 'x'));
  for (const source of [file, file.href, 'data:application/octet-stream;base64,AQID', bytes.buffer])
    expect(await readSource(source)).toEqual(bytes);
  expect(await readSource(bytes)).toBe(bytes);
});

it('takes bytes of another realm, and no text that is empty', () => {
  expect(isFileSource(runInNewContext('new Uint8Array(1)'))).toBe(true);
  for (const value of ['', null, 5, new Float32Array(1), [1]]) expect(isFileSource(value)).toBe(false);
});
