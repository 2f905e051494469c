/**
 * Labelled images as tensors, in browsers and Node alike. What needs a disk is in `@curvature-tuning/datasets/node`.
 */
export type { Batch, Examples, LabelledImages } from './examples.js';
export type { ImageSet } from './imageSet.js';
export { subset } from './imageSet.js';
export { stratifiedSplit } from './stratifiedSplit.js';
export type { BatchesOptions, Normalization } from './batches.js';
export { batches, toBatch } from './batches.js';
export { channelStatistics } from './channelStatistics.js';
export type { ResampleFilter, ResampleOptions } from './resample.js';
export { resample } from './resample.js';
export { resizeToCover } from './resizeToCover.js';
export { hashImageSet, hashSplits } from './hashImageSet.js';
export type { IdxArray } from './idx.js';
export { parseIdx } from './idx.js';
export type { ReadIdxOptions } from './readIdx.js';
export { readIdx } from './readIdx.js';
export type { BundledName, CatalogEntry, DatasetFacts, RemoteEntry, RemoteFile, RemoteName } from './catalog.js';
export { catalog } from './catalog.js';
export { loadBundled } from './bundled.js';
export type { Dataset } from './dataset.js';
export type { LoadDatasetOptions } from './loadDataset.js';
export { loadDataset } from './loadDataset.js';
