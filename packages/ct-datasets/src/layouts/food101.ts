/**
 * Food-101: lists of images beside their folder.
 */
import type { Layout, StoredFiles } from './layout.js';
import { checkClasses, findFile, indexOf, readText } from './setFiles.js';

/** `meta/classes.txt`, `meta/{train,test}.txt` with lines `<class>/<image>`, `images/<class>/<image>.jpg`. */
export const food101: Layout = async (files, entry) => {
  const lines = async (name: string): Promise<string[]> =>
    (await readText(files, `meta/${name}.txt`)).split(/\r?\n/).filter((line) => line.trim() !== '');
  const root = findFile(files, 'meta/classes.txt').replace(/meta\/classes\.txt$/, '');
  const classes = await lines('classes');
  checkClasses(classes, entry.classCount, files);
  const label = indexOf(classes, 'meta/*.txt');
  const split = async (name: string): Promise<StoredFiles> => {
    const images = await lines(name);
    return {
      labels: images.map((image) => label(image.split('/')[0]!)),
      images: images.map((image) => `${root}images/${image}.jpg`),
    };
  };
  return { classes, splits: { train: await split('train'), test: await split('test') } };
};
