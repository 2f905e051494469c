/**
 * `@curvature-tuning/files/node`: files on a disk that are whole or not there, synced, and never over somebody else's.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { CacheRootOptions } from './node/cacheRoot.js';
export { cacheRoot } from './node/cacheRoot.js';
export type { DownloadOptions, DownloadProgress } from './node/download/download.js';
export { download } from './node/download/download.js';
export type { Collection, ObtainOptions, PackedFile } from './node/download/obtainFile.js';
export { obtainFile } from './node/download/obtainFile.js';
export { readIfPresent } from './node/readIfPresent.js';
export { isFileName } from './node/safeName.js';
export type { FileContent } from './node/write/temporaryFile.js';
export { replaceFile } from './node/write/replaceFile.js';
export type { FillFolder } from './node/write/makeFolder.js';
export { makeFolder } from './node/write/makeFolder.js';
export { writeOnce } from './node/write/writeOnce.js';
