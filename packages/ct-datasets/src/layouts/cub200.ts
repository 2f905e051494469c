/**
 * Caltech-UCSD Birds: tables of images, classes and splits beside the folder of images.
 */
import { parseTextTable } from '../formats/textTable.js';
import type { Layout, StoredFiles } from './layout.js';
import { checkClasses, damagedSet, findFile, readText } from './setFiles.js';

/** `images.txt`, `image_class_labels.txt`, `train_test_split.txt`, `classes.txt`, and `images/<class>/…`. */
export const cub200: Layout = async (files, entry) => {
  const table = async (name: string): Promise<string[][]> =>
    parseTextTable(await readText(files, `CUB_200_2011/${name}`), { file: name, columns: 2, rest: true });
  const root = findFile(files, 'CUB_200_2011/images.txt').replace(/images\.txt$/, '');
  const paths = new Map((await table('images.txt')) as [string, string][]);
  const isTrain = new Map((await table('train_test_split.txt')) as [string, string][]);
  const classes = (await table('classes.txt')).map(([, name]) => name!);
  checkClasses(classes, entry.classCount, files);
  const splits: Record<'train' | 'test', { labels: number[]; images: string[] }> = {
    train: { labels: [], images: [] },
    test: { labels: [], images: [] },
  };
  for (const [id, label] of await table('image_class_labels.txt')) {
    const split: { labels: number[]; images: string[] } = splits[isTrain.get(id!) === '1' ? 'train' : 'test'];
    const path = paths.get(id!);
    const number = Number(label) - 1;
    if (path === undefined || !isTrain.has(id!) || classes[number] === undefined)
      throw damagedSet(files.place, `its tables disagree about image ${id}`);
    split.labels.push(number);
    split.images.push(`${root}images/${path}`);
  }
  return { classes, splits: splits satisfies Record<string, StoredFiles> };
};
