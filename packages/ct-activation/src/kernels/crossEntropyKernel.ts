/**
 * The contract of fused kernels for what a step of training ends with: the mean cross-entropy of logits, and how many
 * examples are classified rightly. A backend joins by `registerCtuKernels`.
 *
 * `CrossEntropy`:     {logits, labels}           -> [scores, rows]
 * `CrossEntropyGrad`: {dy, logits, labels, rows} -> dlogits = dy·(softmax(logits) − onehot(labels)) / examples
 *
 * logits is float32 `[examples, classes]`, labels int32 `[examples]`, dy a scalar. scores is `[2]`: the mean over
 * examples of −ln softmax(logits)[label], and how many have their largest logit, the first of equals, at their label.
 * rows is `[examples, 4]`: of each example the loss, 1 or 0 for that, its largest logit m and Σ exp(logits − m).
 */
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Name of the forward kernel. */
export const CROSS_ENTROPY = 'CrossEntropy';

/** Name of the backward kernel. */
export const CROSS_ENTROPY_GRAD = 'CrossEntropyGrad';

/** Inputs of the forward kernel. */
export interface CrossEntropyInputs extends NamedTensorInfoMap {
  logits: TensorInfo;
  labels: TensorInfo;
}

/** Inputs of the backward kernel. */
export interface CrossEntropyGradInputs extends CrossEntropyInputs {
  dy: TensorInfo;
  rows: TensorInfo;
}
