/**
 * The images and index lists that ship with this package, in its folder `data`, whose README tells their licences
 * and makers.
 */
import { readAsset } from './asset.js';
import { catalog } from './catalog.js';
import type { BundledName } from './catalog.js';
import type { ImageSet } from './imageSet.js';
import { readIdx } from './readIdx.js';

/**
 * All images of a bundled set, in stored order and not yet split.
 *
 * `digits`: 1,797 images in the order of scikit-learn's `load_digits`. `fashion-mnist-sample`: 2,000 training, then
 * 500 validation, then 2,000 test images. See `loadDataset` for the splits.
 *
 * @throws TypeError for an unknown name; Error when the data files do not lie beside the code.
 */
export async function loadBundled(name: BundledName): Promise<ImageSet> {
  const files = Object.hasOwn(assets, name) ? assets[name]() : undefined;
  if (!files) throw new TypeError(`loadBundled: expected one of ${Object.keys(assets).join(', ')}, got "${String(name)}"`);
  const [images, labels] = await Promise.all([readBytes(files.images), readBytes(files.labels)]);
  const { shape, classes } = catalog[name];
  return { images, labels, shape, classes };
}

/** Index lists of train and validation images, by seed. */
export interface PublishedSplits {
  readonly provenance: string;
  /** The test images of every seed, where the set has no test set of its own. */
  readonly test?: readonly number[];
  readonly seeds: Readonly<Record<string, { readonly train: readonly number[]; readonly validation: readonly number[] }>>;
}

/** The published splits of `digits`, or of the 60,000 training images of `fashion-mnist`. */
export async function loadPublishedSplits(name: 'digits' | 'fashion-mnist'): Promise<PublishedSplits> {
  const bytes = await readAsset(splitAssets[name]());
  return JSON.parse(new TextDecoder().decode(bytes)) as PublishedSplits;
}

// Written out one by one, because bundlers copy a file only where they see `new URL('literal', import.meta.url)`;
// and within functions, so that importing this module does nothing.
const assets = {
  digits: () => ({
    images: new URL('../data/digits-images-idx3-ubyte.gz', import.meta.url),
    labels: new URL('../data/digits-labels-idx1-ubyte.gz', import.meta.url),
  }),
  'fashion-mnist-sample': () => ({
    images: new URL('../data/fashion-mnist-sample-images-idx3-ubyte.gz', import.meta.url),
    labels: new URL('../data/fashion-mnist-sample-labels-idx1-ubyte.gz', import.meta.url),
  }),
} satisfies Record<BundledName, () => { images: URL; labels: URL }>;

const splitAssets = {
  digits: () => new URL('../data/digits-splits.json', import.meta.url),
  'fashion-mnist': () => new URL('../data/fashion-mnist-splits.json', import.meta.url),
};

async function readBytes(url: URL): Promise<Uint8Array> {
  const { data } = await readIdx(await readAsset(url), { source: url.href.slice(0, 200) });
  if (!(data instanceof Uint8Array)) throw new TypeError(`loadBundled: ${url.href} holds no bytes; restore the data folder`);
  return data;
}
