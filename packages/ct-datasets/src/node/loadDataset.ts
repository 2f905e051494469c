/**
 * The front door in Node: every catalogued set by name, bundled or downloaded.
 */
import { check, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteName } from '../catalog/catalog.js';
import type { Dataset } from '../catalog/dataset.js';
import { loadDataset as loadBundledDataset } from '../catalog/loadDataset.js';
import { loadRemote, remoteArguments } from './loadRemote.js';
import type { RemoteOptions } from './loadRemote.js';

export const loadDatasetArguments: Entries<{ name: string; options: RemoteOptions }> = {
  name: text,
  ...remoteArguments,
};

/**
 * A catalogued set, split into train, validation and test.
 *
 * `digits` and `fashion-mnist-sample` are those of the main entry and take no option but `seed`; `fashion-mnist`
 * and `mnist` are `loadFashionMnist` and `loadMnist`.
 *
 * @throws TypeError for an unknown name, or for `sizes` of a bundled set, which has fixed ones.
 */
export async function loadDataset(name: BundledName | RemoteName, options: RemoteOptions = {}): Promise<Dataset> {
  check('loadDataset', loadDatasetArguments, { name, options });
  switch (name) {
    case 'fashion-mnist':
    case 'mnist':
      return loadRemote(name, options);
    case 'digits':
    case 'fashion-mnist-sample':
      if (options.sizes)
        throw new TypeError(
          `loadDataset: sizes apply to fashion-mnist and mnist; ${name} has fixed ones, see subset() for less`,
        );
      return loadBundledDataset(name, options.seed === undefined ? {} : { seed: options.seed });
    default:
      throw new TypeError(
        `loadDataset: expected one of ${Object.keys(catalog).join(', ')}, got "${String(name)}"; for folders ` +
          'of images see imageFolder()',
      );
  }
}
