/**
 * `@curvature-tuning/files/cached` as browsers have it: files that are fetched once and kept in Cache Storage.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { CachedFile, CachedFileOptions, CachedFileProgress } from './cached/cachedFile.js';
export { cachedFile } from './cached/inBrowser.js';
