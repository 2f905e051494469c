/**
 * The front door to the bundled sets: by name and seed to train, validation and test images.
 */
import { check, options as optionsOf, seed as seedSchema, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { BundledName } from './catalog.js';
import type { Dataset } from './dataset.js';
import { loadDigits } from './digits.js';
import { loadFashionMnistSample } from './fashionMnistSample.js';

/** Options of {@link loadDataset}. */
export interface LoadDatasetOptions {
  /** Whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
}

export const loadDatasetArguments: Entries<{ name: string; options: LoadDatasetOptions }> = {
  name: text,
  options: optionsOf<LoadDatasetOptions>({ seed: seedSchema }),
};

/**
 * A bundled set, split into train, validation and test; works in browsers and in Node. A page that needs one set ships
 * that alone by `loadDigits` or `loadFashionMnistSample`.
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
  return name === 'digits' ? loadDigits({ seed }) : loadFashionMnistSample();
}
