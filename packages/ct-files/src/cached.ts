/**
 * `@curvature-tuning/files/cached`: files that are fetched once and kept, on the disk. Bundlers for browsers take
 * `cachedInBrowser.ts` in its place.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { CachedFile, CachedFileOptions, CachedFileProgress } from './cached/cachedFile.js';
export { cachedFile } from './cached/onDisk.js';
