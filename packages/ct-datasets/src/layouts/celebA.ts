/**
 * CelebA: a table of attributes and one of splits beside the archive of faces.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import { parseTextTable } from '../formats/textTable.js';
import type { Layout } from './layout.js';
import { findFile, readText } from './setFiles.js';

const SPLITS = ['train', 'validation', 'test'] as const;

/** `list_attr_celeba.txt` (1 or -1), `list_eval_partition.txt` (0, 1, 2), `img_align_celeba/000001.jpg`. */
export const celebA: Layout = async (files, entry, { variant = 'Smiling' }) => {
  const text = await readText(files, 'list_attr_celeba.txt');
  // The first line counts the images, the second names the attributes.
  const names = text.split(/\r?\n/, 2)[1]?.trim().split(/\s+/) ?? [];
  const column = names.indexOf(variant);
  if (column < 0)
    throw new DamagedFileError('loadDataset', {
      file: 'list_attr_celeba.txt',
      offset: text.indexOf('\n') + 1,
      fault: `its second line names no "${variant}" but ${names.slice(0, 5).join(', ')}, …`,
    });
  const rows = parseTextTable(text, { file: 'list_attr_celeba.txt', columns: names.length + 1, skip: 2 });
  const partition = parseTextTable(await readText(files, 'list_eval_partition.txt'), {
    file: 'list_eval_partition.txt',
    columns: 2,
  });
  const splitOf = new Map(partition.map(([image, number]) => [image!, SPLITS[Number(number)]]));
  const root = findFile(files, `img_align_celeba/${rows[0]?.[0] ?? '000001.jpg'}`).replace(/[^/]*$/, '');
  const stored = { train: empty(), validation: empty(), test: empty() };
  for (const row of rows) {
    const [image] = row as [string];
    const split = splitOf.get(image);
    if (split === undefined)
      throw new DamagedFileError('loadDataset', {
        file: 'list_eval_partition.txt',
        fault: `it has no split for ${image}`,
      });
    stored[split].labels.push(row[column + 1] === '1' ? 1 : 0);
    stored[split].images.push(root + image);
  }
  return { classes: [`not ${variant}`, variant], splits: stored };
};

function empty(): { labels: number[]; images: string[] } {
  return { labels: [], images: [] };
}
