/**
 * Describable Textures: lists of the first partition beside the folder of images.
 */
import type { Layout, StoredFiles } from './layout.js';
import { checkClasses, findFile, indexOf, readText } from './setFiles.js';

/** `labels/{train,val,test}1.txt` with lines such as `banded/banded_0002.jpg`, and `images/<class>/…`. */
export const dtd: Layout = async (files, entry) => {
  const root = findFile(files, 'labels/train1.txt').replace(/labels\/train1\.txt$/, '');
  const lists = await Promise.all(
    (['train1', 'val1', 'test1'] as const).map(async (name) =>
      (await readText(files, `labels/${name}.txt`)).split(/\s+/).filter((line) => line !== ''),
    ),
  );
  const classes = [...new Set(lists.flat().map((line) => line.split('/')[0]!))].sort();
  checkClasses(classes, entry.classCount, files);
  const label = indexOf(classes, 'labels/*1.txt');
  const [train, validation, test] = lists.map((lines): StoredFiles => ({
    labels: lines.map((line) => label(line.split('/')[0]!)),
    images: lines.map((line) => `${root}images/${line}`),
  })) as [StoredFiles, StoredFiles, StoredFiles];
  return { classes, splits: { train, validation, test } };
};
