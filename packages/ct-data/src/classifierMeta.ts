/**
 * What a classifier's weights do not say of it: names of the classes, what is done to an image first, what comes out.
 */
import { checkValue, filledText, listOf, oneOf, options } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { Preprocessing } from './preprocessing.js';
import { preprocessingSchema } from './preprocessing.js';

/** What a classifier's output is: scores before or after the softmax, or one number for the second of two classes. */
export type OutputKind = 'logits' | 'probabilities' | 'one logit' | 'one probability';

/** What travels with a classifier, in its adapter and in what is saved of it. JSON; what is not known is left out. */
export interface ClassifierMeta {
  /** Names of the classes; a label is an index into them. */
  readonly classNames?: readonly string[] | undefined;
  /** How an image is brought to what the model takes. */
  readonly preprocessing?: Preprocessing | undefined;
  /** What the output is. */
  readonly output?: OutputKind | undefined;
}

/** A {@link ClassifierMeta}. */
export const classifierMetaSchema: Schema<ClassifierMeta> = options<ClassifierMeta>({
  classNames: listOf(filledText, { min: 1 }),
  preprocessing: preprocessingSchema,
  output: oneOf('logits', 'probabilities', 'one logit', 'one probability'),
});

/** Where it stands in a model's `userDefinedMetadata`. */
export const META_KEY = 'classifierMeta';

/**
 * What a model says of itself, by its `userDefinedMetadata`; nothing where it says nothing.
 *
 * @throws TypeError or RangeError where the metadata are damaged.
 */
export function classifierMetaOf(metadata: object | undefined): ClassifierMeta {
  const meta = (metadata as Record<string, unknown> | undefined)?.[META_KEY] ?? {};
  checkValue('classifierMetaOf', `userDefinedMetadata.${META_KEY}`, classifierMetaSchema, meta);
  return meta;
}
