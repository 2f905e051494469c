/**
 * FGVC-Aircraft by variant: lists whose class names hold blanks, and photos with a line of text below.
 */
import { parseTextTable } from '../formats/textTable.js';
import type { Layout, StoredFiles } from './layout.js';
import { checkClasses, findFile, indexOf, readText } from './setFiles.js';

// The makers' README: "the bottom 20 pixels" are a banner with the photographer's name.
const BANNER = 20;

/** `data/variants.txt`, `data/images_variant_{train,val,test}.txt` with lines `<image> <variant>`, `data/images/`. */
export const aircraft: Layout = async (files, entry) => {
  const root = findFile(files, 'data/variants.txt').replace(/variants\.txt$/, '');
  const classes = (await readText(files, 'data/variants.txt')).split(/\r?\n/).filter((line) => line.trim() !== '');
  checkClasses(classes, entry.classCount, files);
  const label = indexOf(classes, 'data/images_variant_*.txt');
  const list = async (split: string): Promise<StoredFiles> => {
    const name = `images_variant_${split}.txt`;
    const rows = parseTextTable(await readText(files, `data/${name}`), { file: name, columns: 2, rest: true });
    return {
      labels: rows.map(([, variant]) => label(variant!)),
      images: rows.map(([image]) => `${root}images/${image}.jpg`),
      trimBottom: BANNER,
    };
  };
  return {
    classes,
    splits: { train: await list('train'), validation: await list('val'), test: await list('test') },
  };
};
