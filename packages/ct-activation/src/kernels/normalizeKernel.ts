/**
 * The contract between `normalizeBatch` and a fused kernel: names, inputs, outputs. A backend joins by
 * `registerCtuKernels`.
 *
 * `NormalizeBatch`:     {x, scale, offset, beta?, coeff?}                 -> [y, statistics]
 * `NormalizeBatchGrad`: {dy, x, statistics, scale, offset, beta?, coeff?} -> [dx, dscale?, doffset?, dbeta?, dcoeff?]
 *
 * with attribute `epsilon` of both, and of the second `ofScale`, whether dscale and doffset are wanted, and `ofUnit`,
 * whether dbeta and dcoeff are, which there are only where beta and coeff are.
 *
 * All tensors are float32. x is `[..., channels]` with at least one element; scale, offset, beta and coeff are
 * `[channels]`; beta and coeff are both there or both not. statistics is `[2, channels]`: the mean and the biased
 * variance of each channel. Formulas: `normalizeBatch`.
 *
 * Kernels of a backend that has those of pairKernel.ts take `pair`, `[2, channels]`, in place of beta and coeff, and
 * give dpair in place of dbeta and dcoeff.
 */
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { getKernel } from '@tensorflow/tfjs-core';

/** Name of the forward kernel. */
export const NORMALIZE_BATCH = 'NormalizeBatch';

/** Name of the backward kernel. */
export const NORMALIZE_BATCH_GRAD = 'NormalizeBatchGrad';

/** Inputs of the forward kernel. */
export interface NormalizeBatchInputs extends NamedTensorInfoMap {
  x: TensorInfo;
  scale: TensorInfo;
  offset: TensorInfo;
  beta: TensorInfo | undefined;
  coeff: TensorInfo | undefined;
  pair?: TensorInfo | undefined;
}

/** Inputs of the backward kernel. */
export interface NormalizeBatchGradInputs extends NormalizeBatchInputs {
  dy: TensorInfo;
  statistics: TensorInfo;
}

/** Attributes of the forward kernel. */
export interface NormalizeBatchAttrs extends NamedAttrMap {
  epsilon: number;
}

/** Attributes of the backward kernel. */
export interface NormalizeBatchGradAttrs extends NormalizeBatchAttrs {
  ofScale: boolean;
  ofUnit: boolean;
}

/** Whether both fused kernels are registered for a backend. */
export function hasNormalizeKernels(backendName: string): boolean {
  return (
    getKernel(NORMALIZE_BATCH, backendName) !== undefined && getKernel(NORMALIZE_BATCH_GRAD, backendName) !== undefined
  );
}
