/**
 * The front door to the bundled sets: by name and seed to train, validation and test images.
 */
import { check, options as optionsOf, seed as seedSchema, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { subset } from '../images/imageSet.js';
import { stratifiedSplit } from '@curvature-tuning/data';
import { loadBundled, loadPublishedSplits } from './bundled.js';
import { catalog } from './catalog.js';
import type { BundledName } from './catalog.js';
import { assembleDataset } from './dataset.js';
import type { Dataset } from './dataset.js';

/** Options of {@link loadDataset}. */
export interface LoadDatasetOptions {
  /** Whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number;
}

export const loadDatasetArguments: Entries<{ name: string; options: LoadDatasetOptions }> = {
  name: text,
  options: optionsOf<LoadDatasetOptions>({ seed: seedSchema }),
};

/**
 * A bundled set, split into train, validation and test; works in browsers and in Node.
 *
 * `digits`: 640 / 160 / 797 images. The test images are the same for every seed; seeds 42, 43 and 44 have published
 * index lists, drawn with scikit-learn, and any other seed draws train and validation from the 1,000 other images
 * with `stratifiedSplit`.
 *
 * `fashion-mnist-sample`: 2,000 / 500 / 2,000 images, one split whatever the seed: train and validation are those
 * of `fashion-mnist` with seed 42, test is the first 2,000 test images. Its `seed` is always 42.
 *
 * @throws TypeError for a set that is not bundled; RangeError for a bad seed.
 */
export async function loadDataset(name: BundledName, options: LoadDatasetOptions = {}): Promise<Dataset> {
  check('loadDataset', loadDatasetArguments, { name, options });
  const { seed = 42 } = options;
  if (name !== 'digits' && name !== 'fashion-mnist-sample') {
    throw new TypeError(
      `loadDataset: expected digits or fashion-mnist-sample, got "${String(name)}"; fashion-mnist and mnist ` +
        'are loaded by @curvature-tuning/datasets/node',
    );
  }
  return name === 'digits' ? loadDigits(seed) : loadFashionMnistSample();
}

async function loadDigits(seed: number): Promise<Dataset> {
  const [all, splits] = await Promise.all([loadBundled('digits'), loadPublishedSplits('digits')]);
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

async function loadFashionMnistSample(): Promise<Dataset> {
  const all = await loadBundled('fashion-mnist-sample');
  const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);
  return assembleDataset(catalog['fashion-mnist-sample'], {
    train: subset(all, range(0, 2000)),
    validation: subset(all, range(2000, 2500)),
    test: subset(all, range(2500, 4500)),
    seed: 42,
    split: 'published',
  });
}
