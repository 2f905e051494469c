/**
 * Tells a folder of classes from a folder of `train`, `validation` and `test` folders of classes, and refuses what is
 * neither before the first image is decoded.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findClasses, findStrayFiles, looksInto } from './folderTree.js';
import type { FolderTree } from './folderTree.js';
import { listFolder } from './listFolder.js';
import { printable } from '../../printable.js';
import { hintedRoles, splitRole } from './splitRole.js';

/** All images in one tree, or in one tree for each split. */
export type FolderLayout =
  | { readonly all: FolderTree }
  | {
      readonly train: FolderTree;
      readonly validation?: FolderTree;
      readonly test: FolderTree;
      readonly beside: readonly string[];
    };

/**
 * Finds the class folders of `path`, and the splits where its only folders are named as such, see {@link splitRole}.
 *
 * @throws Error when `path` is no folder, when there are fewer than two classes, when train or test is missing or
 * there twice, when other folders lie beside the splits, or when the splits differ in their classes.
 */
export async function findLayout(path: string, signal?: AbortSignal): Promise<FolderLayout> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new Error(
      `imageFolder: ${printable(path)} is not a folder; pass the folder that holds one folder for each class`,
    );
  const { folders, files } = await listFolder(path);
  const named = await findSplits(path, folders, signal);
  if (!named) return { all: await findTwoClasses(path, signal) };

  const beside = await findStrayFiles(path, files, 'split', signal);
  const train = await findTwoClasses(join(path, named.train), signal);
  const test = await findTwoClasses(join(path, named.test), signal);
  const validation =
    named.validation === undefined ? undefined : await findTwoClasses(join(path, named.validation), signal);
  const expected = classNames(train);
  for (const [other, tree] of [
    [named.test, test],
    [named.validation, validation],
  ] as const) {
    if (other !== undefined && tree && classNames(tree) !== expected) {
      throw new Error(
        `imageFolder: ${printable(other)} must hold the classes of ${printable(named.train)} (${expected}), ` +
          `got ${classNames(tree)}; add or rename the folders of ${printable(path)}`,
      );
    }
  }
  return { train, test, ...(validation && { validation }), beside };
}

/** The folder of each split, or undefined where the folders are classes. */
async function findSplits(
  path: string,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<{ train: string; validation?: string; test: string } | undefined> {
  const roles = ['train', 'validation', 'test'] as const;
  const byRole = roles.map((role) => folders.filter((folder) => splitRole(folder) === role));
  const splits = byRole.flat();
  const others = folders.filter((folder) => !splits.includes(folder));
  if (others.length > 0) {
    // A folder "train" beside "car" and "plane" is a class, unless it holds classes.
    if (byRole.filter((found) => found.length > 0).length > 1 || (await areSplits(path, splits, signal))) {
      throw new Error(
        `imageFolder: ${printable(path)} holds ${listed(others)} beside ${listed(splits)}, which are splits; ` +
          'name each folder train, validation or test, or move what is none of these elsewhere',
      );
    }
    const hinted = others.filter((folder) => hintedRoles(folder).length > 0);
    if (new Set(hinted.flatMap(hintedRoles)).size > 1 && (await areSplits(path, hinted, signal))) {
      throw new Error(
        `imageFolder: ${printable(path)} holds ${listed(hinted)}, which seem to be splits; rename them to ` +
          `train, validation and test, or put the class folders directly into ${printable(path)}`,
      );
    }
    return undefined;
  }
  for (const [i, [folder = '', twin]] of byRole.entries()) {
    if (twin !== undefined)
      throw new Error(
        `imageFolder: ${printable(path)} holds both ${listed([folder, twin], ' and ')}, either of which means ` +
          `${roles[i]}; keep one, or join them`,
      );
  }
  if (folders.length === 0) return undefined;
  const [train, validation, test] = byRole.map((found) => found[0]);
  if (train === undefined || test === undefined) {
    throw new Error(
      `imageFolder: ${printable(path)} holds ${listed(splits, ' and ')} but no ` +
        `${train === undefined ? 'train' : 'test'}/; add or rename one, or put the class folders directly ` +
        `into ${printable(path)} to have them split`,
    );
  }
  return { train, test, ...(validation !== undefined && { validation }) };
}

/** Whether all of the folders hold folders and no images, as splits do. */
async function areSplits(path: string, folders: readonly string[], signal?: AbortSignal): Promise<boolean> {
  for (const folder of folders) {
    const { holdsImages, holdsFolders } = await looksInto(join(path, folder), signal);
    if (holdsImages || !holdsFolders) return false;
  }
  return folders.length > 0;
}

async function findTwoClasses(folder: string, signal?: AbortSignal): Promise<FolderTree> {
  const tree = await findClasses(folder, signal);
  if (tree.classes.length < 2) {
    throw new Error(
      `imageFolder: ${printable(folder)} must hold one folder for each of at least two classes, got ` +
        `${tree.classes.length}; make a folder for each class and put its images there`,
    );
  }
  return tree;
}

function classNames(tree: FolderTree): string {
  return tree.classes.map(({ name }) => printable(name)).join(', ');
}

function listed(folders: readonly string[], last = ', '): string {
  return folders.map((folder) => printable(`${folder}/`)).join(last);
}
