/**
 * The sample of Fashion-MNIST that ships with this package, and the published splits of the whole.
 */
import type { ImageSet } from '../images/imageSet.js';
import { subset } from '../images/imageSet.js';
import type { BundledFile, BundledFiles, PublishedSplits } from './bundledSet.js';
import { readSet, readSplits } from './bundledSet.js';
import { catalog } from './catalog.js';
import { assembleDataset } from './dataset.js';
import type { Dataset } from './dataset.js';

const FILES: BundledFiles = {
  images: [
    'fashion-mnist-sample-images-idx3-ubyte.gz',
    () => import('../../assets/fashion-mnist-sample-images-idx3-ubyte.gz.js'),
  ],
  labels: [
    'fashion-mnist-sample-labels-idx1-ubyte.gz',
    () => import('../../assets/fashion-mnist-sample-labels-idx1-ubyte.gz.js'),
  ],
};
const SPLITS: BundledFile = ['fashion-mnist-splits.json', () => import('../../assets/fashion-mnist-splits.json.js')];

/** All 4,500 images: 2,000 to train with, 500 to validate, 2,000 to test. */
export function fashionMnistSampleImages(): Promise<ImageSet> {
  return readSet(catalog['fashion-mnist-sample'], FILES);
}

/** The published splits of the 60,000 training images of Fashion-MNIST. */
export function fashionMnistSplits(): Promise<PublishedSplits> {
  return readSplits(SPLITS);
}

/**
 * `loadDataset('fashion-mnist-sample')`, of which a bundler ships the sample and no other set.
 *
 * 2,000 / 500 / 2,000 images: train and validation are those of `fashion-mnist` with seed 42, test is the first 2,000
 * test images.
 */
export async function loadFashionMnistSample(): Promise<Dataset> {
  const all = await fashionMnistSampleImages();
  const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);
  return assembleDataset(catalog['fashion-mnist-sample'], {
    train: subset(all, range(0, 2000)),
    validation: subset(all, range(2000, 2500)),
    test: subset(all, range(2500, 4500)),
    seed: 42,
    split: 'published',
  });
}
