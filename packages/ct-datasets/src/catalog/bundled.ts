/**
 * The images of any bundled set, by its name.
 */
import { check, oneOf } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { ImageSet } from '../images/imageSet.js';
import type { BundledName } from './catalog.js';
import { digitImages } from './digits.js';
import { fashionMnistSampleImages } from './fashionMnistSample.js';

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
  return name === 'digits' ? digitImages() : fashionMnistSampleImages();
}
