import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from './replaceFile.js';
import { writeTemporary } from './temporaryFile.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('replaceFile', () => {
  it('makes folders, replaces whole files, keeps permissions, and leaves nothing beside them', async () => {
    const path = join(folder, 'a', 'b.json');
    await replaceFile(path, 'one');
    expect(modeOf(path)).toBe((0o666 & ~process.umask()).toString(8));
    chmodSync(path, 0o640);
    await replaceFile(path, Uint8Array.of(50));
    expect([readFileSync(path, 'utf8'), modeOf(path), readdirSync(join(folder, 'a'))]).toEqual([
      '2',
      '640',
      ['b.json'],
    ]);
  });

  it('many writers at once leave one whole content', async () => {
    const path = join(folder, 'x');
    const contents = Array.from({ length: 20 }, (_, i) => String(i % 10).repeat(10_000));
    await Promise.all(contents.map((content) => replaceFile(path, content)));
    expect(contents).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it('leaves what was there and no temporary file when it fails', async () => {
    const path = join(folder, 'folder');
    await replaceFile(join(path, 'inside'), '');
    await expect(replaceFile(path, 'x')).rejects.toThrow(/^E(ISDIR|PERM): /);
    expect(readdirSync(folder)).toEqual(['folder']);
  });

  it(
    'temporary files are private until they are whole; those that a killed process left are swept, those ' +
      'of others stay',
    async () => {
      const path = join(folder, 'state');
      const left = await writeTemporary(path, 'half');
      const other = join(folder, '.state.notes.tmp');
      writeFileSync(other, '');
      await replaceFile(path, 'one');
      // It may be another process's that is writing now.
      expect(existsSync(left)).toBe(true);
      for (const file of [left, other]) utimesSync(file, 0, 0);
      await replaceFile(path, 'two');
      expect([existsSync(left), existsSync(other), readFileSync(path, 'utf8')]).toEqual([false, true, 'two']);
    },
  );
});
