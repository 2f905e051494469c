/** `@curvature-tuning/activation`: the Curvature Tuning activation as a differentiable tfjs op. */
export { ctu } from './ctu.js';
export type { CtuOptions, CtuWrt } from './ctu.js';
export { ctuOfPair } from './ctuOfPair.js';
export { CROSS_ENTROPY, CROSS_ENTROPY_GRAD } from './kernels/crossEntropyKernel.js';
export type { CrossEntropyGradInputs, CrossEntropyInputs } from './kernels/crossEntropyKernel.js';
export { storesFloat16 } from './float16.js';
export { ADAM } from './kernels/adamKernel.js';
export type { AdamAttrs, AdamInputs } from './kernels/adamKernel.js';
export {
  CTU,
  CTU_FORM,
  CTU_FORM_GRAD,
  CTU_GRAD,
  ctuKernels,
  explainMissingCtuKernels,
  registerCtuKernels,
} from './kernels/kernel.js';
export type {
  CtuFormAttrs,
  CtuGradAttrs,
  CtuGradInputs,
  CtuInputs,
  CtuKernels,
  CtuKernelStatus,
} from './kernels/kernel.js';
export type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from './kernels/normalizeKernel.js';
export { takesPairs } from './kernels/pairKernel.js';
export { EPSILON } from './math.js';
export { normalizeBatch } from './normalizeBatch.js';
export type { NormalizeBatchGradients, NormalizeBatchParameters, UnitParameters } from './normalizeBatch.js';
export type { UnitForm } from './unitForm.js';
