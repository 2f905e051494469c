/**
 * What `ctActivation` takes, and what it refuses.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  filledText,
  flag,
  listOf,
  matching,
  nothing,
  objectWith,
  options,
  real,
  show,
  tensorOf,
  unitInterval,
  whole,
} from '@curvature-tuning/checks';
import type { layers } from '@tensorflow/tfjs-layers';
import type { SiteOrigin } from './siteOrigin.js';
import { siteOriginSchema } from './siteOrigin.js';

/** The arguments of tfjs's own layer of this kind, the PReLU. */
export type PReLUArgs = NonNullable<Parameters<typeof layers.prelu>[0]>;

/** What `ctActivation` takes beside the arguments of every layer (`name`, `inputShape`, `trainable`, `dtype`, ...). */
export interface CTActivationArgs extends Omit<
  PReLUArgs,
  'alphaInitializer' | 'alphaRegularizer' | 'alphaConstraint' | 'sharedAxes'
> {
  /** Initial curvature in [0, 1]; 1 is ReLU. Default 0.8, as in the authors' trainable unit. */
  beta?: number;
  /** Initial mixing coefficient c in [0, 1]. Default 0.5. */
  coeff?: number;
  /** Axes along which one value is shared, counted with the batch axis as 0. Default: all but the last. */
  sharedAxes?: number | number[];
  /** Initialises the raw beta in place of `beta`; regularisers and constraints act on raw values too. */
  betaInitializer?: PReLUArgs['alphaInitializer'];
  betaRegularizer?: PReLUArgs['alphaRegularizer'];
  betaConstraint?: PReLUArgs['alphaConstraint'];
  coeffInitializer?: PReLUArgs['alphaInitializer'];
  coeffRegularizer?: PReLUArgs['alphaRegularizer'];
  coeffConstraint?: PReLUArgs['alphaConstraint'];
  /** Clips as ReLU6 does: phi(x) − phi(x − maxValue). Positive; default: no clipping. */
  maxValue?: number | null;
  /** A leak a: a·x + (1 − a)·(the unit so far). Default 0: none. */
  alpha?: number;
  /** Makes the leak a weight, one a channel, that starts at `alpha`. Default false. */
  trainableAlpha?: boolean;
  /** Scales and shifts x by two weights, one pair a channel, that start at 1 and 0. Default false. */
  affine?: boolean;
}

/** What surgery and training note in the configuration of a layer. */
export interface CTActivationNotes {
  siteOrigin?: SiteOrigin | null;
  trainedBeside?: boolean;
}

const float32: Schema<'float32'> = matching((value): value is 'float32' => value === 'float32', {
  expects: 'float32',
  got: (value) => (typeof value === 'string' ? value : show(value)),
});
/** tfjs says itself which initializers, regularizers and constraints it knows. */
const known = matching<never>(
  (value): value is never =>
    value === null || typeof value === 'string' || (typeof value === 'object' && !Array.isArray(value)),
  {
    expects: "the name of one of tfjs's, or an object of its class",
  },
);
// Saved models state null where nothing was given.
const axis = whole({ min: 0 });
const shape = listOf(anyOf(whole({ min: 0 }), nothing)) as Schema<(number | null)[]>;

const entries: Entries<CTActivationArgs> = {
  beta: unitInterval,
  coeff: unitInterval,
  sharedAxes: anyOf(axis, listOf(axis), nothing) as Schema<number | number[]>,
  maxValue: anyOf(real({ above: 0 }, { cure: 'leave it out for no clipping' }), nothing),
  alpha: real(),
  trainableAlpha: flag,
  affine: flag,
  dtype: float32,
  betaInitializer: known,
  betaRegularizer: known,
  betaConstraint: known,
  coeffInitializer: known,
  coeffRegularizer: known,
  coeffConstraint: known,
  name: filledText,
  inputShape: shape,
  batchInputShape: shape,
  batchSize: whole({ min: 1 }),
  trainable: flag,
  weights: listOf(tensorOf()) as Schema<never>,
  inputDType: float32,
};

const notes: Entries<CTActivationNotes> = { siteOrigin: anyOf(siteOriginSchema, nothing), trainedBeside: flag };

export const ctActivationArguments: Entries<{ options: CTActivationArgs }> = {
  options: options<CTActivationArgs>(entries),
};

/**
 * Of the class itself, which is made from the configurations of saved models, too: those may have fields of tfjs's own
 * beside.
 */
export const ctActivationLayerArguments: Entries<{ options: CTActivationArgs & CTActivationNotes }> = {
  options: objectWith<CTActivationArgs & CTActivationNotes>({ ...entries, ...notes }),
};
