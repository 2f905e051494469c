/**
 * Any set by its name, as data sets that read images when they are asked for.
 */
import { check, func, oneOf, options as optionsOf, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { ArchiveEntry, SplitName } from '../catalog/archives/setEntry.js';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteName } from '../catalog/catalog.js';
import { loadDataset as loadBundled } from '../catalog/loadDataset.js';
import type { SetFiles } from '../layouts/layout.js';
import { archiveEntryOf, formEntries, openSet, readLayout, setFiles, storedInMemory } from '../opening/openSet.js';
import type { DatasetName, FormOptions, LoadedSplit, OpenedDataset } from '../opening/openSet.js';
import type { ObtainSetOptions } from './archive/obtainSet.js';
import { obtainSet } from './archive/obtainSet.js';
import { storedDataSet } from './archive/storedDataSet.js';
import { obtainOptionEntries } from './download.js';
import { readFullSet } from './loadRemote.js';

/** Options of {@link openDataset}: where files are, the form images are brought to, which variant, which seed. */
export interface OpenOptions extends ObtainSetOptions, FormOptions {}

/** Options of `loadDataset` for one split. */
export interface SplitOptions extends OpenOptions {
  readonly split: SplitName;
}

export const openEntries: Entries<OpenOptions> = {
  ...obtainOptionEntries,
  onProgress: func(),
  files: setFiles,
  ...formEntries,
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
 * for files that are damaged, by name and byte: with `skipUnreadable` images that are so are left out, and listed in
 * `unreadable`.
 */
export async function openDataset(name: DatasetName, options: OpenOptions = {}): Promise<OpenedDataset> {
  check('openDataset', openDatasetArguments, { name, options });
  return openStored(name, options);
}

function openStored(name: DatasetName, options: OpenOptions & { split?: SplitName }): Promise<OpenedDataset> {
  const entry = archiveEntryOf(name, options);
  return entry === undefined ? openArrays(name as RemoteName, options) : openArchives(entry, options);
}

/** The data set of one split, for `loadDataset`. */
export async function loadSplit(name: DatasetName, options: SplitOptions): Promise<LoadedSplit> {
  const { unreadable, ...opened } = await openStored(name, options);
  return Object.assign(opened[options.split], { unreadable });
}

async function openArchives(entry: ArchiveEntry, options: OpenOptions): Promise<OpenedDataset> {
  const files = await obtainSet(entry, options);
  const stored = await readLayout(entry, files, options);
  const { classes } = stored;
  return openSet(entry, stored, options, (split) => storedDataSet(split, { files, classes, form: options }));
}

async function openArrays(name: BundledName | RemoteName, options: OpenOptions): Promise<OpenedDataset> {
  const { seed = 42 } = options;
  const entry = catalog[name];
  const { classes } = entry;
  const splits =
    name === 'mnist' || name === 'fashion-mnist' ? await readFullSet(name, options) : await loadBundled(name, { seed });
  const files: SetFiles = { place: name, paths: [], open: () => Promise.reject(new Error(`${name} has no files`)) };
  return openSet(entry, storedInMemory(classes, splits), options, (split) =>
    storedDataSet(split, { files, classes, form: options }),
  );
}
