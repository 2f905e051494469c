/**
 * The contract of fused kernels that take beta and c of each channel as one tensor, `[2, channels]`, beta first: half
 * as many programs for whoever trains both. A backend joins by `registerCtuKernels`.
 *
 * `CtuPair`:     {x, pair}     -> y, shaped like x, of which the last axis are the channels
 * `CtuPairGrad`: {dy, x, pair} -> [dx, dpair]
 *
 * with attributes `maxValue` and `alpha`, see `UnitForm`. Both take x with at least one element. A backend that has
 * them takes a pair in `NormalizeBatch` and `NormalizeBatchGrad`, too, see normalizeKernel.ts.
 */
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { getBackend, getKernel } from '@tensorflow/tfjs-core';

/** Name of the forward kernel. */
export const CTU_PAIR = 'CtuPair';

/** Name of the backward kernel. */
export const CTU_PAIR_GRAD = 'CtuPairGrad';

/** Inputs of the forward kernel. */
export interface CtuPairInputs extends NamedTensorInfoMap {
  x: TensorInfo;
  pair: TensorInfo;
}

/** Inputs of the backward kernel. */
export interface CtuPairGradInputs extends CtuPairInputs {
  dy: TensorInfo;
}

/** Whether the current backend has kernels that take beta and c as one tensor. */
export function takesPairs(): boolean {
  return [CTU_PAIR, CTU_PAIR_GRAD].every((name) => getKernel(name, getBackend()) !== undefined);
}
