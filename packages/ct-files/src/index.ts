/**
 * `@curvature-tuning/files`: files in browsers and Node alike. What needs a disk is in `@curvature-tuning/files/node`.
 */
export { bundledFile } from './bundledFile.js';
