/**
 * `@curvature-tuning/activation-node`: registers the native kernels of `ctu` for tfjs-node; import it after tfjs-node.
 */
export { nodeKernels } from './nodeKernels.js';
export type { NodeKernels } from './nodeKernels.js';
