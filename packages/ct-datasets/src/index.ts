/**
 * Labelled images as tensors, in browsers and Node alike. What needs a disk is in `@curvature-tuning/datasets/node`.
 */
export type { Batch, DataSet, ExamplePlace, Normalization, Pixels, Preprocessing } from '@curvature-tuning/data';
export type { ImageSet } from './images/imageSet.js';
export { subset } from './images/imageSet.js';
export { toBatch, toDataSet } from './images/toBatch.js';
export { channelStatistics } from './images/channelStatistics.js';
export type { AugmentOptions } from './images/augment.js';
export { augment } from './images/augment.js';
export type { PaperPipeline } from './images/paperPipelines.js';
export { PAPER_PIPELINES } from './images/paperPipelines.js';
export type { ResampleFilter, ResampleOptions } from './images/resample.js';
export { resample } from './images/resample.js';
export type { Scaling } from './images/resizeToCover.js';
export { resizeToCover } from './images/resizeToCover.js';
export type { ScaleImageOptions } from './images/scaleImage.js';
export { scaleImage } from './images/scaleImage.js';
export type { Splits } from './images/hashImageSet.js';
export { hashImageSet, hashSplits } from './images/hashImageSet.js';
export type { FileFault } from './formats/damagedFile.js';
export { DamagedFileError } from './formats/damagedFile.js';
export type { IdxArray } from './formats/idx.js';
export { parseIdx } from './formats/idx.js';
export type { ReadIdxOptions } from './formats/readIdx.js';
export { readIdx } from './formats/readIdx.js';
export type {
  BundledName,
  CatalogEntry,
  DatasetFacts,
  RemoteEntry,
  RemoteFile,
  RemoteName,
} from './catalog/catalog.js';
export { catalog } from './catalog/catalog.js';
export type { ArchiveName } from './catalog/archives/archiveCatalog.js';
export { ARCHIVE_CATALOG } from './catalog/archives/archiveCatalog.js';
export type { ArchiveEntry, Certainty, SetFile, SplitName } from './catalog/archives/setEntry.js';
export { loadBundled } from './catalog/bundled.js';
export type { LoadDigitsOptions } from './catalog/digits.js';
export { loadDigits } from './catalog/digits.js';
export { loadFashionMnistSample } from './catalog/fashionMnistSample.js';
export type { Dataset } from './catalog/dataset.js';
export type { LoadDatasetOptions } from './catalog/loadDataset.js';
export { loadDataset } from './catalog/loadDataset.js';
