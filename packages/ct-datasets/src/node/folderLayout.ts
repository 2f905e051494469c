/**
 * Tell a folder of classes from a folder of `train`, `validation` and `test` folders of classes, and refuse what is
 * neither before the first image is decoded.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findClasses, listFolder } from './folderTree.js';
import type { FolderTree } from './folderTree.js';

/** All images in one tree, or in one tree for each split. */
export type FolderLayout =
  | { readonly all: FolderTree }
  | { readonly train: FolderTree; readonly validation?: FolderTree; readonly test: FolderTree };

const splitNames = ['train', 'validation', 'val', 'test'];

/**
 * Find the class folders of `path`, and the splits where its only folders are named `train`, `validation` or `val`,
 * and `test`.
 *
 * @throws Error when `path` is no folder, when there are fewer than two classes, when train or test is missing, or
 * when the splits differ in their classes.
 */
export async function findLayout(path: string): Promise<FolderLayout> {
  const isFolder = await stat(path).then((found) => found.isDirectory(), () => false);
  if (!isFolder) throw new Error(`imageFolder: ${path} is not a folder; pass the folder that holds one folder for each class`);
  const { folders } = await listFolder(path);
  // A folder "train" beside "car" and "plane" is a class.
  const areSplits = folders.length > 0 && folders.every((name) => splitNames.includes(name));
  if (!areSplits) return { all: await findTwoClasses(path) };

  for (const name of ['train', 'test']) {
    if (!folders.includes(name)) {
      throw new Error(`imageFolder: ${path} holds ${folders.map((folder) => `${folder}/`).join(' and ')} but no ${name}/; add or rename one, or put the class folders directly into ${path} to have them split`);
    }
  }
  if (folders.includes('val') && folders.includes('validation')) {
    throw new Error(`imageFolder: ${path} holds both val/ and validation/; keep one`);
  }
  const train = await findTwoClasses(join(path, 'train'));
  const test = await findTwoClasses(join(path, 'test'));
  const name = folders.find((folder) => folder.startsWith('val'));
  const validation = name === undefined ? undefined : await findTwoClasses(join(path, name));
  const expected = classNames(train);
  for (const [other, tree] of Object.entries({ test, ...(validation && { validation }) })) {
    if (classNames(tree) !== expected) {
      throw new Error(`imageFolder: ${other} must hold the classes of train (${expected}), got ${classNames(tree)}; add or rename the folders of ${path}`);
    }
  }
  return { train, test, ...(validation && { validation }) };
}

async function findTwoClasses(folder: string): Promise<FolderTree> {
  const tree = await findClasses(folder);
  if (tree.classes.length < 2) {
    throw new Error(`imageFolder: ${folder} must hold one folder for each of at least two classes, got ${tree.classes.length}; make a folder for each class and put its images there`);
  }
  return tree;
}

function classNames(tree: FolderTree): string {
  return tree.classes.map(({ name }) => name).join(', ');
}
