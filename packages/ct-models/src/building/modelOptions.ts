/**
 * What a user chooses of every network of this package, whatever its family.
 */

import type { Schema } from '@curvature-tuning/checks';
import { matching, oneOf, satisfying, seed, whole } from '@curvature-tuning/checks';

/** `[height, width, channels]` of an image, `null` where height or width varies. */
export type InputShape = readonly [height: number | null, width: number | null, channels: number];

/** What a user of a network chooses; a family may have options of its own beside them. */
export interface ModelOptions {
  /** The number of logits: 1000 for networks of ImageNet, 10 for those of small images. */
  classes?: number | undefined;
  /** `[height, width, channels]`, `null` where height or width varies: `[224, 224, 3]`, or `[32, 32, 3]` if small. */
  inputShape?: InputShape | undefined;
  /**
   * `random` (the default) draws weights to train from. `zeros` only allocates, for weights that are loaded next:
   * ResNet-50 takes a tenth of a second instead of two. Scales of normalisations are zero too.
   */
  initialWeights?: 'random' | 'zeros' | undefined;
  /** Makes the random weights reproducible: an integer of at least 0. */
  seed?: number | undefined;
}

const inputShape: Schema<InputShape> = satisfying(
  matching((value): value is InputShape => Array.isArray(value) && value.length === 3, {
    expects: '[height, width, channels]',
  }),
  (sides) => sides.every((n, i) => (Number.isSafeInteger(n) && n! > 0) || (n === null && i < 2)),
  { expects: '[height, width, channels] of whole numbers from 1, height and width null where they vary' },
);

/** The schemas of {@link ModelOptions}, for the options of a family: `options({ ...modelOptions, activation })`. */
export const modelOptions: { readonly [K in keyof ModelOptions]-?: Schema<Exclude<ModelOptions[K], undefined>> } = {
  // More are taken for a mistake, before memory is asked for.
  classes: whole({ min: 1, max: 1_000_000 }),
  inputShape,
  initialWeights: oneOf('random', 'zeros'),
  seed,
};
