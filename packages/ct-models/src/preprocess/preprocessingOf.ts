/**
 * What weights want of an image, in the one vocabulary of `@curvature-tuning/data`.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, text } from '@curvature-tuning/checks';
import type { Preprocessing } from '@curvature-tuning/data';
import { weightsNamed } from '../pretrained.js';

export const preprocessingOfArguments: Entries<{ name: string }> = { name: text };

/**
 * The preprocessing that a set of weights was evaluated with: size, filter, crop, mean and std. `loadImages` and
 * `imageFolder` of `@curvature-tuning/datasets/node` take it for files.
 *
 *     const photos = await loadImages('photos/', preprocessingOf('resnet18.tv_in1k'));
 *
 * @param name A key of `pretrainedWeights`.
 * @throws RangeError for an unknown name; it says which are near.
 */
export function preprocessingOf(name: string): Preprocessing {
  check('preprocessingOf', preprocessingOfArguments, { name });
  const { inputShape, mean, std, interpolation, cropPct } = weightsNamed('preprocessingOf', name);
  return {
    inputSize: inputShape,
    mean,
    std,
    ...(interpolation !== undefined && { interpolation }),
    ...(cropPct !== undefined && { cropPct }),
  };
}
