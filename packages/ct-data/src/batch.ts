/**
 * The form in which labelled images are handed over as tensors: what a data set yields is what training, probing and
 * scoring accept, whoever made it.
 */
import type { Labels } from '@curvature-tuning/checks';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

/**
 * Labelled images as tensors.
 *
 * A `Batch` handed over as a value stays its maker's: whoever receives it reads it and disposes of nothing.
 * A `Batch` that an async iterable yields belongs to whoever iterates, who disposes of both tensors.
 */
export interface Batch {
  /** float32 `[batch, ...input shape]`, for images `[batch, height, width, channels]`. */
  readonly images: Tensor;
  /** int32 `[batch]`, class numbers from 0. */
  readonly labels: Tensor1D;
}

/**
 * A batch whose labels may have any form: class numbers in a tensor or a list, 64-bit integers too, or one-hot rows.
 */
export interface LabelledImages {
  /** `[batch, ...input shape]`, of the dtype that the model takes: float32 for images, int32 for tokens. */
  readonly images: Tensor;
  readonly labels: Labels;
}
