import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownTag } from '../download/ownerTag.js';
import { makeFolder } from './makeFolder.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

const holding =
  (text: string) =>
  async (folder: string): Promise<void> => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'b'), text);
  };

describe('makeFolder', () => {
  it('makes a folder once, and leaves one that is there as it is', async () => {
    const path = join(root, 'deep', 'set');
    expect(await makeFolder(path, holding('1'))).toBe(true);
    expect(await makeFolder(path, holding('2'))).toBe(false);
    expect(await readFile(join(path, 'a', 'b'), 'utf8')).toBe('1');
    expect(await readdir(join(root, 'deep'))).toEqual(['set']);
  });

  it('leaves nothing where filling fails', async () => {
    const failing = async (folder: string): Promise<void> => {
      await holding('x')(folder);
      throw new Error('disk full');
    };
    await expect(makeFolder(join(root, 'set'), failing)).rejects.toThrow('disk full');
    expect(await readdir(root)).toEqual([]);
  });

  it('of several at once lets one win, whole', async () => {
    const path = join(root, 'set');
    const won = await Promise.all(['1', '2', '3', '4'].map((text) => makeFolder(path, holding(text))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readdir(root)).toEqual(['set']);
    expect(await readFile(join(path, 'a', 'b'), 'utf8')).toBe(String(won.indexOf(true) + 1));
  });

  it('removes what a killed process left, and not what a living one is making', async () => {
    const [machine, , ...rest] = (await ownTag()).split('-');
    const dead = spawnSync('true').pid;
    await mkdir(join(root, `.set.${machine}-${dead}-${rest.join('-')}.tmp`, 'a'), { recursive: true });
    const living = `.set.${await ownTag()}.tmp`;
    await mkdir(join(root, living));
    await makeFolder(join(root, 'set'), holding('1'));
    expect((await readdir(root)).sort()).toEqual([living, 'set']);
  });
});
