/**
 * Sets whose images lie in one folder a class: Imagenette, ImageNet, ImageNet-C, and what Parquet files unpack to.
 */
import type { ArchiveEntry, SplitName } from '../catalog/archives/setEntry.js';
import { parseTextTable } from '../formats/textTable.js';
import type { Layout, SetFiles, StoredFiles, StoredSet } from './layout.js';
import { checkClasses, readText } from './setFiles.js';

const IMAGE = /\.(jpe?g|png)$/i;

/**
 * The images below a folder, one folder a class.
 *
 * @param isSplit Whether a path belongs to the split, by the folders above that of the class.
 */
function imagesOf(files: SetFiles, isSplit: (above: readonly string[]) => boolean): { path: string; folder: string }[] {
  return files.paths.flatMap((path) => {
    const names = path.split('/');
    const folder = names.at(-2);
    if (folder === undefined || !IMAGE.test(path) || !isSplit(names.slice(0, -2))) return [];
    return [{ path, folder }];
  });
}

/** A set of folders of classes, in which splits are told by the folder above. */
function storedIn(
  files: SetFiles,
  entry: ArchiveEntry,
  splits: Partial<Record<SplitName, (above: readonly string[]) => boolean>>,
): StoredSet {
  const found = Object.entries(splits).map(([split, isSplit]) => [split, imagesOf(files, isSplit)] as const);
  const folders = [...new Set(found.flatMap(([, images]) => images.map(({ folder }) => folder)))];
  // Numbers in the order of numbers, as Parquet files have them.
  folders.sort((a, b) => (/^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) - Number(b) : a < b ? -1 : 1));
  checkClasses(folders, entry.classCount, files);
  const labels = new Map(folders.map((folder, label) => [folder, label]));
  const stored = found.flatMap(([split, images]): [string, StoredFiles][] =>
    images.length === 0
      ? []
      : [[split, { labels: images.map(({ folder }) => labels.get(folder)!), images: images.map(({ path }) => path) }]],
  );
  return { classes: entry.classes ?? folders, splits: Object.fromEntries(stored) };
}

/** `train/<class>/…` and `val/<class>/…`, the latter being what is tested on; at any depth. */
export const trainAndVal: Layout = (files, entry) => {
  const within = (split: string) => (above: readonly string[]) => above.at(-1) === split;
  return Promise.resolve(storedIn(files, entry, { train: within('train'), test: within('val') }));
};

/** `<archive>/<label>/<row>.jpg`, one archive a split, as Parquet files are unpacked. */
export const parquetSplits: Layout = (files, entry) => {
  const within = (split: string) => (above: readonly string[]) => above[0]?.startsWith(`${split}-`) === true;
  return Promise.resolve(
    storedIn(files, entry, { train: within('train'), validation: within('validation'), test: within('test') }),
  );
};

/** `<archive>/<corruption>/<severity>/<class>/…`. */
export const corruptedFolders: Layout = (files, entry, { variant = 'gaussian_noise', severity = 5 }) =>
  Promise.resolve(
    storedIn(files, entry, {
      test: (above) => above.at(-2) === variant && above.at(-1) === String(severity),
    }),
  );

/**
 * A layout whose test split is the images that a list names, in its order, where one is asked for.
 *
 * @throws Error that names an image of the list that is not there.
 */
export function byList(layout: Layout): Layout {
  return async (files, entry, variant) => {
    const stored = await layout(files, entry, variant);
    const list = variant.list && entry.lists?.[variant.list];
    const { test } = stored.splits;
    if (!list || !test || !('images' in test)) return stored;
    const places = new Map(test.images.map((path, place) => [path.split('/').slice(-2).join('/'), place]));
    const named = parseTextTable(await readText(files, list.name), { file: list.name, columns: 1 }).map(([image]) => {
      const place = places.get(image!);
      if (place !== undefined) return place;
      throw new Error(`loadDataset: ${files.place} must hold ${image}, which ${list.name} names; put it there`);
    });
    const listed = {
      labels: named.map((place) => test.labels[place]!),
      images: named.map((place) => test.images[place]!),
    };
    return { ...stored, isFixed: true, splits: { ...stored.splits, test: listed } };
  };
}
