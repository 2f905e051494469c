/**
 * What people call the folders of a data set that is split already.
 */

/** The part that a folder plays in a split data set. */
export type SplitRole = 'train' | 'validation' | 'test';

const WORDS: Readonly<Record<SplitRole, readonly string[]>> = {
  train: ['train', 'training', 'trn', 'trainset', 'traindata'],
  validation: [
    'validation',
    'val',
    'valid',
    'validate',
    'validating',
    'vld',
    'valset',
    'validset',
    'dev',
    'devel',
    'development',
    'devset',
    'eval',
    'evaluate',
    'evaluation',
    'evalset',
  ],
  test: ['test', 'testing', 'tests', 'tst', 'testset', 'testdata'],
};
const roles = new Map(
  Object.entries(WORDS).flatMap(([role, names]) => names.map((name) => [name, role as SplitRole] as const)),
);

// What is said beside the role without changing it: "Training Set", "test_images".
const FILLERS = new Set(['set', 'data', 'dataset', 'split', 'image', 'images', 'img', 'imgs', 'folder', 'files']);

/** The role that the name of a folder states, in any case and with any separators; undefined when it states none. */
export function splitRole(folder: string): SplitRole | undefined {
  const telling = wordsOf(folder).filter((word) => !FILLERS.has(word));
  return telling.length === 1 ? roles.get(telling[0] ?? '') : undefined;
}

/** The roles that are part of a name, as in "seg_train" or "test2017": too little to go by, but worth a question. */
export function hintedRoles(folder: string): SplitRole[] {
  return wordsOf(folder).flatMap((word) => roles.get(word.replace(/^\p{N}+|\p{N}+$/gu, '')) ?? []);
}

function wordsOf(folder: string): string[] {
  // "trainingSet" has a border, too.
  const separated = folder
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase();
  return separated.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
