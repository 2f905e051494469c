/**
 * `@curvature-tuning/checks/node`: how the packages write files that last: whole, synced, never over somebody else's.
 */
export { checkFileName } from './node/fileName.js';
export { replaceFile } from './node/replaceFile.js';
export { writeOnce } from './node/writeOnce.js';
