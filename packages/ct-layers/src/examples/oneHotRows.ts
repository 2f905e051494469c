/**
 * Class numbers as rows.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { cast, oneHot, ones } from '@tensorflow/tfjs-core';

/** float32 `[batch, classes]` with a 1 at each label, among zeros; tfjs's own `oneHot` knows no single class. */
export function oneHotRows(labels: Tensor1D, classes: number): Tensor2D {
  return classes === 1 ? ones([labels.shape[0], 1]) : (cast(oneHot(labels, classes), 'float32') as Tensor2D);
}
