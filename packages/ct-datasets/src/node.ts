/**
 * What needs a disk: downloaded data sets with their cache, and images of one's own. Everything else is in the main
 * entry, `@curvature-tuning/datasets`.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { DataSet, Preprocessing } from '@curvature-tuning/data';
export type { Scaling } from './images/resizeToCover.js';
export type { BundledName, DatasetFacts, RemoteName } from './catalog/catalog.js';
export type { Dataset } from './catalog/dataset.js';
export { cacheRoot } from './node/cacheRoot.js';
export type { DownloadProgress } from '@curvature-tuning/files/node';
export type { ImageSet } from './images/imageSet.js';
export type { ImageFolderDataset, ImageFolderOptions } from './node/folder/imageFolder.js';
export type { DecodeOptions, ImageSources } from './node/folder/lazyImages.js';
export { imageFolder } from './node/folder/imageFolder.js';
export type { ImageModel, LoadedImages, LoadImagesOptions } from './node/folder/loadImages.js';
export { loadImages } from './node/folder/loadImages.js';
export { loadDataset } from './node/loadDataset.js';
export type { ArchiveName } from './catalog/archives/archiveCatalog.js';
export type { Certainty, SetFile, SplitName } from './catalog/archives/setEntry.js';
export type { Variant } from './layouts/layout.js';
export type { ObtainSetOptions } from './node/archive/obtainSet.js';
export type { DecodeProgress, SetProgress, UnpackProgress } from './opening/setProgress.js';
export type { SkipOptions, UnreadableImage } from './opening/unreadable.js';
export type { StoredForm } from './opening/storedPixels.js';
export type { DatasetName, FormOptions, LoadedSplit, OpenedDataset } from './opening/openSet.js';
export type { OpenOptions, SplitOptions } from './node/openDataset.js';
export { openDataset } from './node/openDataset.js';
export type { VerifiedFile } from './node/verifyDataset.js';
export { downloadDataset, verifyDataset } from './node/verifyDataset.js';
export type { FileFault } from './formats/damagedFile.js';
export { DamagedFileError } from './formats/damagedFile.js';
export type { RemoteOptions, SplitSizes } from './node/loadRemote.js';
export { loadFashionMnist, loadMnist } from './node/loadRemote.js';
export type { ObtainOptions } from './node/download.js';
