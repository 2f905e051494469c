/**
 * The images and index lists that ship with this package. The README of its folder `data` tells their licences and
 * makers.
 */
import { check, decodeUtf8, oneOf } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { bundledFile } from '@curvature-tuning/files';
import { readIdx } from '../formats/readIdx.js';
import type { ImageSet } from '../images/imageSet.js';
import { catalog } from './catalog.js';
import type { BundledName } from './catalog.js';

export const loadBundledArguments: Entries<{ name: BundledName }> = { name: oneOf('digits', 'fashion-mnist-sample') };

/**
 * All images of a bundled set, in stored order and not yet split.
 *
 * `digits`: 1,797 images in the order of scikit-learn's `load_digits`. `fashion-mnist-sample`: 2,000 training, then
 * 500 validation, then 2,000 test images. See `loadDataset` for the splits.
 *
 * @throws RangeError for an unknown name; Error when its files cannot be loaded.
 */
export async function loadBundled(name: BundledName): Promise<ImageSet> {
  check('loadBundled', loadBundledArguments, { name });
  const files = sets[name];
  const [images, labels] = await Promise.all([readBytes(...files.images), readBytes(...files.labels)]);
  const { shape, classes } = catalog[name];
  return { images, labels, shape, classes };
}

/** Index lists of train and validation images, by seed. */
export interface PublishedSplits {
  readonly provenance: string;
  /** The test images of every seed, where the set has no test set of its own. */
  readonly test?: readonly number[];
  readonly seeds: Readonly<
    Record<string, { readonly train: readonly number[]; readonly validation: readonly number[] }>
  >;
}

/** The published splits of `digits`, or of the 60,000 training images of `fashion-mnist`. */
export async function loadPublishedSplits(name: 'digits' | 'fashion-mnist'): Promise<PublishedSplits> {
  const bytes = await bundledFile('datasets', ...splits[name]);
  return JSON.parse(decodeUtf8(bytes)) as PublishedSplits;
}

/** Its name, and its script. */
type BundledFile = readonly [string, () => Promise<unknown>];

const sets: Record<BundledName, { images: BundledFile; labels: BundledFile }> = {
  digits: {
    images: ['digits-images-idx3-ubyte.gz', () => import('../../assets/digits-images-idx3-ubyte.gz.js')],
    labels: ['digits-labels-idx1-ubyte.gz', () => import('../../assets/digits-labels-idx1-ubyte.gz.js')],
  },
  'fashion-mnist-sample': {
    images: [
      'fashion-mnist-sample-images-idx3-ubyte.gz',
      () => import('../../assets/fashion-mnist-sample-images-idx3-ubyte.gz.js'),
    ],
    labels: [
      'fashion-mnist-sample-labels-idx1-ubyte.gz',
      () => import('../../assets/fashion-mnist-sample-labels-idx1-ubyte.gz.js'),
    ],
  },
};

const splits: Record<'digits' | 'fashion-mnist', BundledFile> = {
  digits: ['digits-splits.json', () => import('../../assets/digits-splits.json.js')],
  'fashion-mnist': ['fashion-mnist-splits.json', () => import('../../assets/fashion-mnist-splits.json.js')],
};

async function readBytes(...file: BundledFile): Promise<Uint8Array> {
  const [name] = file;
  const { data } = await readIdx(await bundledFile('datasets', ...file), { source: name });
  if (!(data instanceof Uint8Array))
    throw new TypeError(`loadBundled: ${name} holds no bytes; install the package again`);
  return data;
}
