/**
 * The front door in Node: every catalogued set by name, bundled or downloaded.
 */
import { check, inNameOf, options as optionsOf, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteName } from '../catalog/catalog.js';
import type { Dataset } from '../catalog/dataset.js';
import { loadDataset as loadBundledDataset } from '../catalog/loadDataset.js';
import { loadRemote, remoteArguments } from './loadRemote.js';
import type { RemoteOptions } from './loadRemote.js';
import { loadSplit, splitOptionEntries } from './openDataset.js';
import type { SplitOptions } from './openDataset.js';
import type { DatasetName, LoadedSplit } from '../opening/openSet.js';

export const loadDatasetArguments: Entries<{ name: string; options: RemoteOptions }> = {
  name: text,
  ...remoteArguments,
};
export const loadSplitArguments: Entries<{ name: string; options: SplitOptions }> = {
  name: text,
  options: optionsOf<SplitOptions>(splitOptionEntries, ['split']),
};

/**
 * One split of any set, as a data set that reads images when they are asked for: see `openDataset`, of which it is a
 * part.
 *
 *     const birds = await loadDataset('cub200', { split: 'train', size: [224, 224] });
 */
export async function loadDataset(name: DatasetName, options: SplitOptions): Promise<LoadedSplit>;
/**
 * A set of small images, split into train, validation and test, all in memory.
 *
 * `digits` and `fashion-mnist-sample` are those of the main entry and take no option but `seed`; `fashion-mnist`
 * and `mnist` are `loadFashionMnist` and `loadMnist`.
 *
 * @throws TypeError for an unknown name, or for `sizes` of a bundled set, which has fixed ones.
 */
export async function loadDataset(name: BundledName | RemoteName, options?: RemoteOptions): Promise<Dataset>;
export async function loadDataset(
  name: DatasetName,
  options: RemoteOptions | SplitOptions = {},
): Promise<Dataset | LoadedSplit> {
  if (asksForSplit(options)) {
    check('loadDataset', loadSplitArguments, { name, options });
    return inNameOf('loadDataset', 'openDataset', () => loadSplit(name, options));
  }
  const whole: RemoteOptions = options;
  check('loadDataset', loadDatasetArguments, { name, options: whole });
  switch (name) {
    case 'fashion-mnist':
    case 'mnist':
      return loadRemote(name, whole);
    case 'digits':
    case 'fashion-mnist-sample':
      if (whole.sizes)
        throw new TypeError(
          `loadDataset: sizes apply to fashion-mnist and mnist; ${name} has fixed ones, see subset() for less`,
        );
      return loadBundledDataset(name, whole.seed === undefined ? {} : { seed: whole.seed });
    default:
      if (name in ARCHIVE_CATALOG)
        throw new TypeError(
          `loadDataset: ${name} is read image by image; name a split, { split: 'train' }, or open all with ` +
            'openDataset()',
        );
      throw new TypeError(
        `loadDataset: expected one of ${Object.keys({ ...catalog, ...ARCHIVE_CATALOG }).join(', ')}, got ` +
          `"${String(name)}"; for folders of images see imageFolder()`,
      );
  }
}

/** Whether options name a split; of any other kind they are refused afterwards. */
function asksForSplit(options: unknown): options is SplitOptions {
  return typeof options === 'object' && options !== null && (options as Partial<SplitOptions>).split !== undefined;
}
