/**
 * A data set ready for an experiment: facts, three disjoint sets of images, and a hash to name them by.
 */
import { hashSplits } from '../images/hashImageSet.js';
import type { ImageSet } from '../images/imageSet.js';
import type { DatasetFacts } from './catalog.js';

/** Images to train with, to choose by, and to report on, with the facts of their set. */
export interface Dataset extends DatasetFacts {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** The seed that train and validation were drawn with. */
  readonly seed: number;
  /**
   * Where the split comes from: `published` index lists that ship with this package, `stratified` by seed, or the
   * `folders` the images lay in.
   */
  readonly split: 'published' | 'stratified' | 'folders';
  /** SHA-256 of the three sets, see `hashSplits`; for reports. */
  readonly hash: string;
}

/** Puts a data set together: copies the facts, hashes the splits. */
export async function assembleDataset(
  facts: DatasetFacts,
  splits: Pick<Dataset, 'train' | 'validation' | 'test' | 'seed' | 'split'>,
): Promise<Dataset> {
  const { name, title, classes, shape, mean, std, licence, origin } = facts;
  return { name, title, classes, shape, mean, std, licence, origin, ...splits, hash: await hashSplits(splits) };
}
