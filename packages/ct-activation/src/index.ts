/** `@curvature-tuning/activation`: the Curvature Tuning activation as a differentiable tfjs op. */
export { ctu } from './ctu.js';
export { storesFloat16 } from './float16.js';
export { CTU, CTU_GRAD, ctuKernels, explainMissingCtuKernels, registerCtuKernels } from './kernels/kernel.js';
export type { CtuGradAttrs, CtuGradInputs, CtuInputs, CtuKernelStatus } from './kernels/kernel.js';
export { EPSILON } from './math.js';
