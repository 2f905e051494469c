import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { syncFolder, writeTemporary } from './temporaryFile.js';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-temporary-'))));
afterEach(() => rm(folder, { recursive: true }));

it('writes a hidden file of another name into the folder of the one that it is for, which it makes', async () => {
  const path = join(folder, 'a', 'b', 'adapter.safetensors');
  const names = await Promise.all([writeTemporary(path, 'text ä'), writeTemporary(path, Uint8Array.of(1, 2))]);
  expect(new Set(names).size).toBe(2);
  for (const name of names) {
    expect(dirname(name)).toBe(dirname(path));
    expect(basename(name)).toMatch(/^\.adapter\.safetensors\.[0-9a-f-]{36}\.tmp$/);
  }
  expect(await readFile(names[0], 'utf8')).toBe('text ä');
  expect([...(await readFile(names[1]))]).toEqual([1, 2]);
});

it('takes names as long as file systems do', async () => {
  const path = join(folder, 'x'.repeat(255));
  expect(basename(await writeTemporary(path, '')).length).toBeLessThan(110);
});

it('has the rights of the file that is there, else those of any new one', async () => {
  const path = join(folder, 'a.txt');
  const modeOf = async (name: string): Promise<number> => (await stat(name)).mode & 0o777;
  expect(await modeOf(await writeTemporary(path, ''))).toBe(0o666 & ~process.umask());
  await writeFile(path, '');
  await chmod(path, 0o640);
  expect(await modeOf(await writeTemporary(path, ''))).toBe(0o640);
});

it('sweeps what it was left a quarter of an hour ago, and nothing else', async () => {
  const path = join(folder, 'a.txt');
  const uuid = '00000000-0000-4000-8000-00000000000';
  const old = [`.a.txt.${uuid}0.tmp`, '.a.txt.mine.tmp', `.b.txt.${uuid}1.tmp`];
  for (const name of [...old, `.a.txt.${uuid}2.tmp`]) await writeFile(join(folder, name), '');
  const before = new Date(Date.now() - 16 * 60_000);
  for (const name of old) await utimes(join(folder, name), before, before);
  const fresh = basename(await writeTemporary(path, ''));
  expect((await readdir(folder)).sort()).toEqual(
    ['.a.txt.mine.tmp', `.b.txt.${uuid}1.tmp`, `.a.txt.${uuid}2.tmp`, fresh].sort(),
  );
});

it('syncFolder passes on that a folder is missing', async () => {
  await expect(syncFolder(folder)).resolves.toBeUndefined();
  await expect(syncFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
