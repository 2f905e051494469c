/**
 * `@curvature-tuning/files`: files in browsers and Node alike. What needs a disk is in `@curvature-tuning/files/node`.
 */
export { bundledFile } from './bundledFile.js';
export type { Progress } from '@curvature-tuning/checks';
export type { CachedFileProgress } from './cached/cachedFile.js';
export type { PiecesRequest } from './cached/fetchPieces.js';
export { fetchPieces } from './cached/fetchPieces.js';
export type { PiecesRecord } from './cached/pieces.js';
export { openCache, Pieces } from './cached/pieces.js';
export type { FetchOptions } from './fetchBytes.js';
export { fetchBytes } from './fetchBytes.js';
export type { FileSource } from './readSource.js';
export { isFileSource, readSource } from './readSource.js';
export type { RangeResponse, RequestLimits } from './requestRange.js';
export { DownloadFault, requestRange } from './requestRange.js';
export type { VerifyOptions } from './verifySha256.js';
export { isSha256, verifySha256 } from './verifySha256.js';
