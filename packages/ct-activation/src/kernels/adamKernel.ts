/**
 * The contract of a fused kernel of Adam, which training runs where a backend has one; it joins by
 * `registerCtuKernels`.
 *
 * `Adam`: {weights, gradient, first, second} -> [weights, first, second], with attributes `scale` and `correction`:
 *
 *     m <- b1·m + (1 − b1)·g,   v <- b2·v + (1 − b2)·g²,   w <- w − scale·m / (sqrt(v) / correction + eps)
 *
 * with b1 = 0.9, b2 = 0.999, eps = 1e-8. All tensors are float32 of one shape. The weights that come are a new tensor.
 * The moments may be new ones, or those that were given, updated in their own memory: who hands them over has them to
 * itself, no clone of them included.
 */
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Name of the kernel. */
export const ADAM = 'Adam';

/** What the equations have of numbers. */
export const ADAM_NUMBERS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Inputs of the kernel: the moments are m and v. */
export interface AdamInputs extends NamedTensorInfoMap {
  weights: TensorInfo;
  gradient: TensorInfo;
  first: TensorInfo;
  second: TensorInfo;
}

/** Attributes of the kernel: lr / (1 − b1^t), and sqrt(1 − b2^t), in step t from 1. */
export interface AdamAttrs extends NamedAttrMap {
  scale: number;
  correction: number;
}
