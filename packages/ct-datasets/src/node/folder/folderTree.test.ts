import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClasses, findStrayFiles, looksInto } from './folderTree.js';

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-tree-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Makes files; a PNG's first bytes unless told. */
async function make(files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const short = (path: string): string => relative(folder, path);

describe('findClasses', () => {
  it('has a class a folder, its images at any depth in the order of their paths, and lists the rest', async () => {
    await make({ 'b/2.png': PNG, 'b/1/x': PNG, 'a/1.png': PNG, 'a/LICENCE': 'free', 'list.csv': 'a,b' });
    const { classes, skipped, impostors } = await findClasses(folder);
    expect(classes.map(({ name, files }) => [name, files.map(short)])).toEqual([
      ['a', ['a/1.png']],
      ['b', ['b/2.png', 'b/1/x']],
    ]);
    expect(skipped.map(short)).toEqual(['list.csv', 'a/LICENCE']);
    expect(impostors).toEqual([]);
  });

  it.each([
    ['', 'it is empty'],
    ['version https://git-lfs.github.com/spec/v1', 'a pointer of Git LFS'],
    ['/annex/objects/SHA256E-s1--0.png', 'a pointer of git-annex'],
    ['<!DOCTYPE html><title>404</title>', 'a web page'],
    ['hello world', 'it begins with "hello wo"'],
  ])('says what %j is that is called a PNG', async (content, reason) => {
    await make({ 'a/1.png': PNG, 'a/2.png': content });
    const { impostors } = await findClasses(folder);
    expect(impostors.map(({ path, reason: found }) => [short(path), found.startsWith(reason)])).toEqual([
      ['a/2.png', true],
    ]);
  });

  it('ends where links lead in a circle, and counts no image twice', async () => {
    await make({ 'a/deep/1.png': PNG });
    await symlink(join(folder, 'a'), join(folder, 'a/deep/up'));
    const [found] = (await findClasses(folder)).classes;
    expect(found!.files.map(short)).toEqual(['a/deep/1.png']);
  });

  it('refuses a class without an image, and images of a format that is not read', async () => {
    await make({ 'a/notes.txt': 'x' });
    await expect(findClasses(folder)).rejects.toThrow('holds no image (.jpg .png .webp .gif .tif .avif), only 1 other');
    await make({ 'a/1.png': PNG, 'a/raw.bmp': 'BM' });
    await expect(findClasses(folder)).rejects.toThrow('is of a format that is not read');
  });
});

it('findStrayFiles lists what lies beside folders, and refuses images there', async () => {
  await make({ 'a.txt': 'x', 'b.png': PNG });
  expect((await findStrayFiles(folder, ['a.txt'], 'split')).map(short)).toEqual(['a.txt']);
  await expect(findStrayFiles(folder, ['a.txt', 'b.png'], 'split')).rejects.toThrow('lies beside the split folders');
});

it('looksInto tells a class from a folder of classes', async () => {
  await make({ 'class/1.png': PNG, 'split/a/1.png': PNG, 'none/x.txt': 'x' });
  expect(await looksInto(join(folder, 'class'))).toEqual({ holdsImages: true, holdsFolders: false });
  expect(await looksInto(join(folder, 'split'))).toEqual({ holdsImages: false, holdsFolders: true });
  expect(await looksInto(join(folder, 'none'))).toEqual({ holdsImages: false, holdsFolders: false });
  await expect(looksInto(join(folder, 'class'), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
