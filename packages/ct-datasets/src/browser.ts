/**
 * What needs a network and a cache of a page: the sets that are fetched. Everything else is in the main entry,
 * `@curvature-tuning/datasets`; what needs a disk is in `@curvature-tuning/datasets/node`.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { DownloadProgress } from '@curvature-tuning/files/node';
export type { DataSet } from '@curvature-tuning/data';
export type { Scaling } from './images/resizeToCover.js';
export type { ArchiveName } from './catalog/archives/archiveCatalog.js';
export type { Certainty, SetFile, SplitName } from './catalog/archives/setEntry.js';
export type { BundledName, RemoteName } from './catalog/catalog.js';
export type { Variant } from './layouts/layout.js';
export type { DecodeProgress, SetProgress, UnpackProgress } from './opening/setProgress.js';
export type { SkipOptions, UnreadableImage } from './opening/unreadable.js';
export type { StoredForm } from './opening/storedPixels.js';
export type { DatasetName, FormOptions, LoadedSplit, OpenedDataset } from './opening/openSet.js';
export type { FetchFileOptions } from './browser/fetchFile.js';
export type { KeptFilesOptions } from './browser/keptFiles.js';
export type { OpenOptions, SplitOptions } from './browser/openDataset.js';
export { loadDataset, openDataset } from './browser/openDataset.js';
export type { FileFault } from './formats/damagedFile.js';
export { DamagedFileError } from './formats/damagedFile.js';
