import { expect, it } from 'vitest';
import { sourceOf } from '../formats/byteSource.js';
import { DamagedFileError } from '../formats/damagedFile.js';
import type { SetFiles } from './layout.js';
import { checkClasses, damagedSet, findFile, indexOf, readText } from './setFiles.js';

const files: SetFiles = {
  place: 'here',
  paths: ['a/list.txt', 'b/mylist.txt', 'b/twice.txt', 'c/twice.txt'],
  open: (path) => Promise.resolve(sourceOf(new TextEncoder().encode(`in ${path}`), path)),
};

it('finds a file by how its path ends, at a border of names', async () => {
  expect(findFile(files, 'list.txt')).toBe('a/list.txt');
  expect(await readText(files, 'a/list.txt')).toBe('in a/list.txt');
  expect(() => findFile(files, 'twice.txt')).toThrow('here is damaged: it must hold one file twice.txt, got 2; remove');
});

it('knows the indices of names, and how many classes there are', () => {
  const index = indexOf(['cat', 'dog'], 'train.txt');
  expect(index('dog')).toBe(1);
  expect(() => index('cow')).toThrow('train.txt is damaged: it names "cow", which is none of 2 known');
  expect(() => checkClasses(['cat'], 1, files)).not.toThrow();
  expect(() => checkClasses(['cat'], 2, files)).toThrow('it holds 1 classes, expected 2: some of it is missing');
  expect(damagedSet('here', 'gone')).toBeInstanceOf(DamagedFileError);
});
