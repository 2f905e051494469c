/**
 * The Arabic letters and digits: PNG files whose names end in their label, in one archive a split.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import type { Layout, SetFiles, StoredFiles } from './layout.js';
import { checkClasses } from './setFiles.js';

/**
 * Letters: `id_12_label_3.png` is of class 2. Digits: `id_12_label_3.png` of class 3.
 *
 * @param first The label of the first class.
 */
export function labelledByName(first: 0 | 1): Layout {
  return (files, entry) => {
    const splits = {
      train: splitOf(files, 'Train', first, entry.classCount),
      test: splitOf(files, 'Test', first, entry.classCount),
    };
    const classes = entry.classes!;
    for (const { labels } of Object.values(splits))
      checkClasses([...new Set(Array.from(labels))].map(String), classes.length, files);
    return Promise.resolve({ classes, splits });
  };
}

function splitOf(files: SetFiles, split: string, first: number, classCount: number): StoredFiles {
  const images = files.paths.filter((path) => path.startsWith(split) && path.toLowerCase().endsWith('.png'));
  const labels = images.map((path) => {
    const [, number] = /_(\d+)\.png$/i.exec(path) ?? [];
    const label = Number(number ?? NaN) - first;
    if (label >= 0 && label < classCount) return label;
    throw new DamagedFileError('loadDataset', {
      file: path,
      fault: `its name must end in _ and a label from ${first} to ${first + classCount - 1}`,
    });
  });
  // By number, which is the order of the makers' tables, not by name, in which 10 comes before 2.
  const order = images
    .map((path, i) => ({ path, label: labels[i]!, id: Number(/id_(\d+)_/i.exec(path)?.[1] ?? NaN) }))
    .sort((a, b) => a.id - b.id || (a.path < b.path ? -1 : 1));
  return { labels: order.map(({ label }) => label), images: order.map(({ path }) => path) };
}
