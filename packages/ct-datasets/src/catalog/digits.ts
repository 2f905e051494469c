/**
 * The digits of scikit-learn, which ship with this package.
 */
import { check, options as optionsOf, seed as seedSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { stratifiedSplit } from '@curvature-tuning/data';
import type { ImageSet } from '../images/imageSet.js';
import { subset } from '../images/imageSet.js';
import type { BundledFile, BundledFiles, PublishedSplits } from './bundledSet.js';
import { readSet, readSplits } from './bundledSet.js';
import { catalog } from './catalog.js';
import { assembleDataset } from './dataset.js';
import type { Dataset } from './dataset.js';

const FILES: BundledFiles = {
  images: ['digits-images-idx3-ubyte.gz', () => import('../../assets/digits-images-idx3-ubyte.gz.js')],
  labels: ['digits-labels-idx1-ubyte.gz', () => import('../../assets/digits-labels-idx1-ubyte.gz.js')],
};
const SPLITS: BundledFile = ['digits-splits.json', () => import('../../assets/digits-splits.json.js')];

/** Options of {@link loadDigits}. */
export interface LoadDigitsOptions {
  /** Whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
}

export const loadDigitsArguments: Entries<{ options: LoadDigitsOptions }> = {
  options: optionsOf<LoadDigitsOptions>({ seed: seedSchema }),
};

/** The published splits of the digits. */
export function digitSplits(): Promise<PublishedSplits> {
  return readSplits(SPLITS);
}

/** All 1,797 images, in the order of scikit-learn's `load_digits`. */
export function digitImages(): Promise<ImageSet> {
  return readSet(catalog.digits, FILES);
}

/**
 * `loadDataset('digits')`, of which a bundler ships the digits and no other set.
 *
 * 640 / 160 / 797 images. The test images are the same for every seed; seeds 42, 43 and 44 have published index lists,
 * drawn with scikit-learn, and any other seed draws train and validation from the 1,000 other images with
 * `stratifiedSplit`.
 *
 * @throws RangeError for a bad seed.
 */
export async function loadDigits(options: LoadDigitsOptions = {}): Promise<Dataset> {
  check('loadDigits', loadDigitsArguments, { options });
  const { seed = 42 } = options;
  const [all, splits] = await Promise.all([digitImages(), digitSplits()]);
  const test = splits.test ?? [];
  const published = splits.seeds[seed];
  const { train, validation } = published ?? drawDigits(all.labels, test, seed);
  return assembleDataset(catalog.digits, {
    train: subset(all, train),
    validation: subset(all, validation),
    test: subset(all, test),
    seed,
    split: published ? 'published' : 'stratified',
  });
}

function drawDigits(
  labels: ArrayLike<number>,
  test: readonly number[],
  seed: number,
): { train: Int32Array; validation: Int32Array } {
  const held = new Set(test);
  const pool = Int32Array.from({ length: labels.length }, (_, i) => i).filter((i) => !held.has(i));
  const [train, validation] = stratifiedSplit(
    pool.map((i) => labels[i]!),
    [640, 160],
    seed,
  );
  const original = (indices: Int32Array): Int32Array => indices.map((i) => pool[i]!);
  return { train: original(train), validation: original(validation) };
}
