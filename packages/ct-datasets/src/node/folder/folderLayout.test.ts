import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLayout } from './folderLayout.js';
import type { FolderTree } from './folderTree.js';

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-layout-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Makes folders, an image in each. */
async function make(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, path, '1.png'), PNG);
  }
}

const names = (tree: FolderTree | undefined): string[] | undefined => tree?.classes.map(({ name }) => name);

describe('findLayout', () => {
  it('takes folders of images for classes', async () => {
    await make('car', 'plane');
    const layout = await findLayout(folder);
    expect('all' in layout && names(layout.all)).toEqual(['car', 'plane']);
  });

  it.each([
    [['train', 'test'], undefined],
    [
      ['Training', 'val', 'Testing'],
      ['a', 'b'],
    ],
  ])('takes %j of folders of images for splits', async (splits, validation) => {
    await make(...splits.flatMap((split) => [`${split}/a`, `${split}/b`]));
    await writeFile(join(folder, 'README'), 'x');
    const layout = await findLayout(folder);
    expect('all' in layout).toBe(false);
    if ('all' in layout) return;
    expect([names(layout.train), names(layout.validation), names(layout.test)]).toEqual([
      ['a', 'b'],
      validation,
      ['a', 'b'],
    ]);
    expect(layout.beside).toEqual([join(folder, 'README')]);
  });

  it('takes a folder named train for a class where another class lies beside it', async () => {
    await make('train', 'car');
    const layout = await findLayout(folder);
    expect('all' in layout && names(layout.all)).toEqual(['car', 'train']);
  });

  it.each([
    [['train/a', 'train/b', 'test/a', 'test/b', 'car'], 'holds car/ beside test/, train/, which are splits'],
    [['train/a', 'train/b', 'training/a', 'test/a'], 'either of which means train'],
    [['train/a', 'train/b'], 'holds train/ but no test/'],
    [['train/a', 'train/b', 'test/a', 'test/c'], 'must hold the classes of train (a, b), got a, c'],
    [['my_train/a', 'my_train/b', 'my_test/a', 'my_test/b'], 'which seem to be splits'],
    [['car'], 'at least two classes, got 1'],
  ])('refuses %j', async (paths, message) => {
    await make(...paths);
    await expect(findLayout(folder)).rejects.toThrow(message.split(' beside test/')[0]);
    await expect(findLayout(folder)).rejects.toThrow(/^imageFolder: /);
  });

  it('refuses what is no folder', async () => {
    await expect(findLayout(join(folder, 'none'))).rejects.toThrow('is not a folder; pass the folder that holds');
  });
});
