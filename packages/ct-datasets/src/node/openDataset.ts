/**
 * Any set by its name, as data sets that read images when they are asked for.
 */
import {
  check,
  count,
  filledText,
  func,
  matching,
  oneOf,
  options as optionsOf,
  satisfying,
  seed as seedSchema,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { scikitSplit, stratifiedSplit } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import type { ArchiveName } from '../catalog/archives/archiveCatalog.js';
import type { ArchiveEntry, SetFile, SplitName } from '../catalog/archives/setEntry.js';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteName } from '../catalog/catalog.js';
import { loadDataset as loadBundled } from '../catalog/loadDataset.js';
import { imageSize } from '../images/resample.js';
import type { StoredPixels, StoredSet, StoredSplit, Variant } from '../layouts/layout.js';
import { layouts } from '../layouts/layouts.js';
import type { ImageSet } from '../images/imageSet.js';
import { pixelsPerImage } from '../images/imageSet.js';
import type { ObtainSetOptions } from './archive/obtainSet.js';
import { obtainSet } from './archive/obtainSet.js';
import { storedDataSet } from './archive/storedDataSet.js';
import type { StoredForm } from './archive/storedDataSet.js';
import { obtainOptionEntries } from './download.js';
import { scalingEntries } from './folder/imageFolder.js';
import { readFullSet } from './loadRemote.js';

/** Every set that is loaded by its name. */
export type DatasetName = BundledName | RemoteName | ArchiveName;

/** Options of {@link openDataset}: where files are, the form images are brought to, which variant, which seed. */
export interface OpenOptions extends ObtainSetOptions, StoredForm, Variant {
  /** Of splits that the set itself does not have: a whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
}

/** A set, open: its facts and its three splits. */
export interface OpenedDataset {
  readonly name: string;
  readonly title: string;
  readonly classes: readonly string[];
  /** Mean and standard deviation of each channel of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly licence: string;
  readonly origin: string;
  readonly train: DataSet;
  readonly validation: DataSet;
  readonly test: DataSet;
  /** Those splits that the set itself has; the others are drawn by `seed`. */
  readonly ownSplits: readonly SplitName[];
  readonly seed: number;
}

/** Options of `loadDataset` for one split. */
export interface SplitOptions extends OpenOptions {
  readonly split: SplitName;
}

const names = [...Object.keys(catalog), ...Object.keys(ARCHIVE_CATALOG)] as DatasetName[];

const setFile: Schema<readonly SetFile[]> = matching(
  (value): value is readonly SetFile[] =>
    Array.isArray(value) && value.every((file) => typeof (file as Partial<SetFile> | null)?.name === 'string'),
  { expects: 'a list of files as the catalogue has them' },
);

export const openEntries: Entries<OpenOptions> = {
  ...obtainOptionEntries,
  onProgress: func(),
  files: setFile,
  size: imageSize,
  ...scalingEntries,
  channels: satisfying(whole(), (value) => value === 1 || value === 3, { expects: '1 (grey) or 3 (RGB)' }) as Schema<
    1 | 3
  >,
  maxPixels: count,
  variant: filledText,
  severity: whole({ min: 1, max: 5 }),
  seed: seedSchema,
};

export const openDatasetArguments: Entries<{ name: string; options: OpenOptions }> = {
  name: text,
  options: optionsOf<OpenOptions>(openEntries),
};
export const splitOptionEntries: Entries<SplitOptions> = {
  ...openEntries,
  split: oneOf('train', 'validation', 'test'),
};

/**
 * Opens a set by its name: what is missing on the disk is downloaded, verified and unpacked; no image is read yet.
 *
 * A set without a validation split of its own gives 20 % of its training images for one, drawn as the reference draws
 * it, by scikit-learn's `StratifiedShuffleSplit` with `random_state=seed`: `scikitSplit`. A set that is a single heap,
 * such as the corrupted test sets, is split 64 / 16 / 20 % by `stratifiedSplit`.
 *
 * Images are decoded when they are asked for, with `size` scaled and cropped as in `imageFolder`; without, photos keep
 * their sizes, and do not fit into one batch.
 *
 * @throws TypeError for an unknown name or variant; Error where files cannot be had, with the repair; DamagedFileError
 * for files that are damaged, by name and byte.
 */
export async function openDataset(name: DatasetName, options: OpenOptions = {}): Promise<OpenedDataset> {
  check('openDataset', openDatasetArguments, { name, options });
  if (!names.includes(name))
    throw new TypeError(
      `openDataset: expected one of ${names.join(', ')}, got "${String(name)}"; for folders of images see ` +
        'imageFolder() and loadImages()',
    );
  return name in ARCHIVE_CATALOG ? openArchives(name as ArchiveName, options) : openArrays(name as RemoteName, options);
}

/** The data set of one split, for `loadDataset`. */
export async function loadSplit(name: DatasetName, { split, ...options }: SplitOptions): Promise<DataSet> {
  return (await openDataset(name, options))[split];
}

async function openArchives(name: ArchiveName, options: OpenOptions): Promise<OpenedDataset> {
  const entry: ArchiveEntry = ARCHIVE_CATALOG[name];
  const { variant } = options;
  if (variant !== undefined && entry.variants?.includes(variant) !== true)
    throw new TypeError(
      `openDataset: ${name} has ${entry.variants ? `the variants ${entry.variants.join(', ')}` : 'no variants'}, ` +
        `got "${variant}"`,
    );
  const files = await obtainSet(entry, options);
  const stored = await layouts[name](files, entry, options);
  return opened(entry, stored, options, (split) =>
    storedDataSet(split, { files, classes: stored.classes, form: options }),
  );
}

/** Sets of few bytes, which are in memory. */
async function openArrays(name: BundledName | RemoteName, options: OpenOptions): Promise<OpenedDataset> {
  const { variant, seed = 42 } = options;
  if (variant !== undefined) throw new TypeError(`openDataset: ${name} has no variants, got "${variant}"`);
  const splits: Partial<Record<SplitName, ImageSet>> =
    name === 'mnist' || name === 'fashion-mnist' ? await readFullSet(name, options) : await loadBundled(name, { seed });
  const entry = catalog[name];
  const stored: StoredSet = {
    classes: entry.classes,
    splits: Object.fromEntries(
      (['train', 'validation', 'test'] as const).flatMap((split) => {
        const set = splits[split];
        return set === undefined ? [] : [[split, storedIn(set)]];
      }),
    ),
  };
  const files = { place: name, paths: [], open: () => Promise.reject(new Error(`openDataset: ${name} has no files`)) };
  return opened(entry, stored, options, (split) =>
    storedDataSet(split, { files, classes: stored.classes, form: options }),
  );
}

function storedIn(set: ImageSet): StoredPixels {
  const { images, labels, shape } = set;
  const size = pixelsPerImage(set);
  return { labels, shape, read: (index) => images.subarray(index * size, (index + 1) * size) };
}

type Facts = Pick<OpenedDataset, 'name' | 'title' | 'mean' | 'std' | 'licence' | 'origin'>;

async function opened(
  { name, title, mean, std, licence, origin }: Facts,
  { classes, splits }: StoredSet,
  { seed = 42 }: OpenOptions,
  make: (split: StoredSplit) => Promise<DataSet>,
): Promise<OpenedDataset> {
  const own = (['train', 'validation', 'test'] as const).filter((split) => splits[split] !== undefined);
  const sets = await Promise.all(own.map(async (split) => [split, await make(splits[split]!)] as const));
  const { train, validation, test } = Object.fromEntries(sets) as Partial<Record<SplitName, DataSet>>;
  const facts = { name, title, classes, mean, std, licence, origin, ownSplits: own, seed };
  if (train && test) {
    const [fitted, held] = validation ? [train, validation] : drawValidation(train, seed);
    return { ...facts, train: fitted, validation: held, test };
  }
  const heap = train ?? test;
  if (!heap) throw new Error(`openDataset: no image of ${name} was found; remove its folder and load the set again`);
  const [first, second, third] = stratifiedSplit(heap.labels, [0.64, 0.16, 0.2], seed).map((indices) =>
    heap.subset(indices),
  ) as [DataSet, DataSet, DataSet];
  return { ...facts, train: first, validation: second, test: third };
}

function drawValidation(train: DataSet, seed: number): [DataSet, DataSet] {
  const held = Math.ceil(0.2 * train.length);
  const [first, second] = scikitSplit(train.labels, [train.length - held, held], seed);
  return [train.subset(first), train.subset(second)];
}
