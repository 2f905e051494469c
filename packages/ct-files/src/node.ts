/**
 * `@curvature-tuning/files/node`: files on a disk that are whole or not there, synced, and never over somebody else's.
 */
export { readIfPresent } from './node/readIfPresent.js';
export type { FileContent } from './node/write/temporaryFile.js';
export { replaceFile } from './node/write/replaceFile.js';
export { writeOnce } from './node/write/writeOnce.js';
