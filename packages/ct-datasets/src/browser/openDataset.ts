/**
 * Any set by its name in a page: fetched once, kept, and read when it is asked for.
 */
import {
  check,
  filledText,
  flag,
  func,
  inNameOf,
  listOf,
  oneOf,
  options as optionsOf,
  signal,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { dataSet } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import { openCache, Pieces } from '@curvature-tuning/files';
import type { ArchiveEntry, SplitName } from '../catalog/archives/setEntry.js';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteFile, RemoteName } from '../catalog/catalog.js';
import { assembleFullSet } from '../catalog/fullSet.js';
import { loadDataset as loadBundled } from '../catalog/loadDataset.js';
import { readIdx } from '../formats/readIdx.js';
import type { StoredSplit } from '../layouts/layout.js';
import { archiveEntryOf, formEntries, openSet, readLayout, setFiles, storedInMemory } from '../opening/openSet.js';
import type { DatasetName, FormOptions, LoadedSplit, OpenedDataset } from '../opening/openSet.js';
import { readPixels } from '../opening/storedPixels.js';
import { decodeBlob } from './decodeBlob.js';
import { fetchFile } from './fetchFile.js';
import { keptFiles } from './keptFiles.js';
import type { BlobFiles, KeptFilesOptions } from './keptFiles.js';

/** Options of {@link openDataset}: how files are had, the form images are brought to, which variant, which seed. */
export interface OpenOptions extends KeptFilesOptions, FormOptions {}

/** Options of {@link loadDataset}. */
export interface SplitOptions extends OpenOptions {
  readonly split: SplitName;
}

const openEntries: Entries<OpenOptions> = {
  mirrors: listOf(filledText),
  cache: filledText,
  offline: flag,
  idleTimeout: whole({ min: 1 }),
  onProgress: func(),
  signal,
  files: setFiles,
  ...formEntries,
};

export const openInPageArguments: Entries<{ name: string; options: OpenOptions }> = {
  name: text,
  options: optionsOf<OpenOptions>(openEntries),
};
export const loadInPageArguments: Entries<{ name: string; options: SplitOptions }> = {
  name: text,
  options: optionsOf<SplitOptions>({ ...openEntries, split: oneOf('train', 'validation', 'test') }, ['split']),
};

/**
 * Opens a set by its name in a page, as `openDataset` of the node entry does with a disk: what is not kept yet is
 * fetched, verified and unpacked into Cache Storage, piece by piece, and needs no network from then on; no image is
 * decoded yet. Images of files are RGB, but for `channels: 1`.
 *
 * A page reads only from servers that allow it (CORS), and a cache only on https or localhost: where neither is so,
 * `mirrors` names a server that does, and what is fetched is held in memory.
 *
 * @throws TypeError for an unknown name or variant; Error where files cannot be had, with what each address said;
 * DamagedFileError for files that are damaged, by name and byte.
 */
export async function openDataset(name: DatasetName, options: OpenOptions = {}): Promise<OpenedDataset> {
  check('openDataset', openInPageArguments, { name, options });
  return openStored(name, options);
}

function openStored(name: DatasetName, options: OpenOptions & { split?: SplitName }): Promise<OpenedDataset> {
  const entry = archiveEntryOf(name, options);
  return entry === undefined ? openArrays(name as RemoteName, options) : openArchives(entry, options);
}

/**
 * One split of any set: see {@link openDataset}, of which it is a part.
 *
 *     const leaves = await loadDataset('beans', { split: 'train', size: [224, 224] });
 */
export async function loadDataset(name: DatasetName, options: SplitOptions): Promise<LoadedSplit> {
  check('loadDataset', loadInPageArguments, { name, options });
  return inNameOf('loadDataset', 'openDataset', async () => {
    const { unreadable, ...opened } = await openStored(name, options);
    return Object.assign(opened[options.split], { unreadable });
  });
}

async function openArchives(entry: ArchiveEntry, options: OpenOptions): Promise<OpenedDataset> {
  const files = await keptFiles(entry, options);
  const stored = await readLayout(entry, files, options);
  return openSet(entry, stored, options, (split) =>
    Promise.resolve(dataSetOf(split, stored.classes, options, { files, channels: entry.shape?.[2] as 1 | 3 })),
  );
}

async function openArrays(name: BundledName | RemoteName, options: OpenOptions): Promise<OpenedDataset> {
  const entry = catalog[name];
  const { classes } = entry;
  const splits =
    name === 'mnist' || name === 'fashion-mnist'
      ? await assembleFullSet(catalog[name], (file) => idxOf(name, file, options))
      : await loadBundled(name, { seed: options.seed });
  return openSet(entry, storedInMemory(classes, splits), options, (split) =>
    Promise.resolve(dataSetOf(split, classes, options)),
  );
}

/** The array in one of the files of MNIST and Fashion-MNIST. */
async function idxOf(name: RemoteName, file: RemoteFile, options: OpenOptions): ReturnType<typeof readIdx> {
  const cache = await openCache(options.cache ?? 'curvature-tuning');
  const kept = await Pieces.open(cache, `${name}/${file.name}`);
  const urls = catalog[name].mirrors.map((mirror) => mirror + file.name);
  const known = options.files?.find((other) => other.name === file.name) ?? { ...file, urls, sum: 'published' };
  const blob = await fetchFile(kept, name, known, options);
  return readIdx(new Uint8Array(await blob.arrayBuffer()), { source: file.name });
}

function dataSetOf(
  stored: StoredSplit,
  classes: readonly string[],
  form: OpenOptions,
  from?: { files: BlobFiles; channels: 1 | 3 | undefined },
): DataSet {
  const { labels } = stored;
  if (!('images' in stored)) return dataSet({ labels, classes, read: (index) => readPixels(stored, index, form) });
  const { images, trimBottom } = stored;
  const { files, channels } = from!;
  const own = { ...form, channels: form.channels ?? channels, trimBottom };
  return dataSet({
    labels,
    classes,
    read: (index) => decodeBlob(files.blobOf(images[index]!), images[index]!, own),
  });
}
