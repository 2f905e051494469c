/**
 * Fashion-MNIST and MNIST in full: 60,000 images to draw train and validation from, and 10,000 to test.
 */
import { check, count, options as optionsOf, seed as seedSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { catalog } from '../catalog/catalog.js';
import type { RemoteName } from '../catalog/catalog.js';
import { assembleDataset } from '../catalog/dataset.js';
import type { Dataset } from '../catalog/dataset.js';
import { assembleFullSet } from '../catalog/fullSet.js';
import { fashionMnistSplits } from '../catalog/fashionMnistSample.js';
import { parseIdx } from '../formats/idx.js';
import { subset } from '../images/imageSet.js';
import type { ImageSet } from '../images/imageSet.js';
import { stratifiedSplit } from '@curvature-tuning/data';
import { obtainOptionEntries, obtainSetFile } from './download.js';
import type { ObtainOptions } from './download.js';

/** How many images are drawn from the 60,000. */
export interface SplitSizes {
  readonly train: number;
  readonly validation: number;
}

/** Options of the sets that are downloaded. */
export interface RemoteOptions extends ObtainOptions {
  /** Whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
  /** `{train: 2000, validation: 500}` unless told. */
  readonly sizes?: SplitSizes | undefined;
}

export const remoteArguments: Entries<{ options: RemoteOptions }> = {
  options: optionsOf<RemoteOptions>({
    ...obtainOptionEntries,
    seed: seedSchema,
    sizes: optionsOf<SplitSizes>({ train: count, validation: count }, ['train', 'validation']),
  }),
};

// The sizes of the published index lists.
const PUBLISHED_SIZES: SplitSizes = { train: 2000, validation: 500 };

/**
 * Fashion-MNIST: train and validation drawn from the 60,000 training images, test all 10,000.
 *
 * Seeds 42, 43 and 44 with the default sizes have published index lists, drawn with scikit-learn; every other seed
 * or size is drawn by `stratifiedSplit`. The files are read from `<root>/fashion-mnist`, and downloaded into it
 * when they are missing (31 MB).
 *
 * @throws RangeError for bad seeds and sizes; Error for files with other contents or that cannot be had, with the
 * repair.
 */
export async function loadFashionMnist(options: RemoteOptions = {}): Promise<Dataset> {
  check('loadFashionMnist', remoteArguments, { options });
  return loadRemote('fashion-mnist', options);
}

/**
 * MNIST: train and validation drawn from the 60,000 training images by `stratifiedSplit`, test all 10,000.
 *
 * The files are read from `<root>/mnist`, and downloaded into it when they are missing (12 MB).
 *
 * @throws RangeError for bad seeds and sizes; Error for files with other contents or that cannot be had, with the
 * repair.
 */
export async function loadMnist(options: RemoteOptions = {}): Promise<Dataset> {
  check('loadMnist', remoteArguments, { options });
  return loadRemote('mnist', options);
}

/** {@link loadFashionMnist} or {@link loadMnist}, by name. */
export async function loadRemote(name: RemoteName, options: RemoteOptions): Promise<Dataset> {
  const { seed = 42, sizes = PUBLISHED_SIZES } = options;
  const entry = catalog[name];
  const { train: pool, test } = await readFullSet(name, options);

  const asPublished =
    name === 'fashion-mnist' &&
    sizes.train === PUBLISHED_SIZES.train &&
    sizes.validation === PUBLISHED_SIZES.validation;
  const published = asPublished ? (await fashionMnistSplits()).seeds[seed] : undefined;
  const drawn = published
    ? ([published.train, published.validation] as const)
    : stratifiedSplit(pool.labels, [sizes.train, sizes.validation], seed);
  return assembleDataset(entry, {
    train: subset(pool, drawn[0]),
    validation: subset(pool, drawn[1]),
    test,
    seed,
    split: published ? 'published' : 'stratified',
  });
}

/** All 60,000 images and the 10,000 to test. */
export async function readFullSet(
  name: RemoteName,
  options: ObtainOptions,
): Promise<{ train: ImageSet; test: ImageSet }> {
  const entry = catalog[name];
  return assembleFullSet(entry, async (file) => parseIdx(await obtainSetFile(entry, file, options), file.name));
}
