/**
 * Puts normalisation inside a model, where an attack needs it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageFunction, Model } from './attackedModel.js';
import { imageFunction } from './attackedModel.js';

/**
 * The model `x ↦ model((x − mean)/std)`, which takes pixels in [0, 1].
 *
 *     await autoAttack(normalized(model, { mean: [0.131], std: [0.308] }), images, labels, { norm: 'Linf', eps: 0.1 });
 *
 * Attack this, not a function that calls `model.predict` itself: for a tfjs-layers model it computes input gradients
 * only, which is faster and the only way on the wasm backend.
 *
 * @param mean,std One number for each channel, for pixels in [0, 1].
 * @throws RangeError unless mean and std have equally many numbers and every std is positive.
 */
export function normalized(model: Model, { mean, std }: { mean: readonly number[]; std: readonly number[] }): ImageFunction {
  if (mean.length !== std.length || mean.length === 0 || !std.every((value) => value > 0) || !mean.every(Number.isFinite)) {
    throw new RangeError(`normalized: mean and std must hold one number for each channel, every std positive, got [${mean.join(', ')}] and [${std.join(', ')}]`);
  }
  const forward = imageFunction(model);
  return (x) => forward(tf.div(tf.sub(x, tf.tensor1d([...mean])), tf.tensor1d([...std])));
}
