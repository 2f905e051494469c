/**
 * Puts normalisation inside a model, where an attack needs it.
 */
import { check, listOf, options, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { div, sub, tensor1d } from '@tensorflow/tfjs-core';
import type { ImageFunction, Model } from './attackedModel.js';
import { imageFunction, modelSchema } from './attackedModel.js';
import { rememberInner } from './modelIdentity.js';

/** The normalisation that a model expects, for pixels in [0, 1]. */
export interface Normalization {
  /** One number for each channel, or one for all. */
  mean: readonly number[];
  std: readonly number[];
}

export const normalizationEntries: Entries<Normalization> = {
  mean: listOf(real(), { min: 1 }),
  std: listOf(real({ above: 0 }), { min: 1 }),
};

export const normalizedArguments: Entries<{ model: Model; options: Normalization }> = {
  model: modelSchema,
  options: options<Normalization>(normalizationEntries, ['mean', 'std']),
};

/**
 * The model `x ↦ model((x − mean)/std)`, which takes pixels in [0, 1].
 *
 *     await autoAttack(normalized(model, { mean: [0.131], std: [0.308] }), images, labels, { norm: 'Linf', eps: 0.1 });
 *
 * Attack this, not a function that calls `model.predict` itself: for a tfjs-layers model it computes input gradients
 * only, which is faster and the only way on the wasm backend.
 *
 * @throws RangeError unless mean and std have equally many numbers and every std is positive, and, from the function
 *   that is returned, where images have another number of channels.
 */
export function normalized(model: Model, options: Normalization): ImageFunction {
  check('normalized', normalizedArguments, { model, options });
  const forward = imageFunction(model);
  const normalize = normalization('normalized', options);
  const outer: ImageFunction = (x) => forward(normalize(x));
  rememberInner(outer, model, { mean: [...options.mean], std: [...options.std] });
  return outer;
}

/** The function `x ↦ (x − mean)/std`. @throws RangeError unless mean and std have equally many numbers. */
export function normalization(caller: string, { mean, std }: Normalization): (images: Tensor) => Tensor {
  if (mean.length !== std.length)
    throw new RangeError(
      `${caller}: mean and std must hold equally many numbers, got ${mean.length} and ${std.length}`,
    );
  return (images) => {
    const channels = images.shape.at(-1)!;
    if (mean.length !== 1 && mean.length !== channels)
      throw new RangeError(
        `${caller}: mean and std must hold one number for each of ${channels} channels, or one for all, got ` +
          `${mean.length}`,
      );
    return div(sub(images, tensor1d([...mean])), tensor1d([...std]));
  };
}
