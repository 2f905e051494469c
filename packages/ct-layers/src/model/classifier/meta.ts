/**
 * What a classifier's weights do not say of it, kept with the model: names of classes, preprocessing, kind of output.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, inNameOf } from '@curvature-tuning/checks';
import type { ClassifierMeta, Examples, Preprocessing } from '@curvature-tuning/data';
import { classifierMetaOf, classifierMetaSchema, isDataSet, META_KEY } from '@curvature-tuning/data';
import type { LayersModel, Shape } from '@tensorflow/tfjs-layers';

/** An option that says what is known of a classifier. */
export interface MetaOption {
  /**
   * Names of the classes and what was done to the images, which go along in adapters, in what is saved of the model and
   * in what `bake` writes. Default: what a `DataSet` says of itself.
   */
  meta?: ClassifierMeta | undefined;
}

export const metaOptionEntries: Entries<MetaOption> = {
  meta: anyOf<readonly [Schema<ClassifierMeta>]>(classifierMetaSchema),
};

/**
 * What a model says of itself; nothing where it says nothing.
 *
 * @throws TypeError or RangeError where its metadata are damaged.
 */
export function metaOf(caller: string, model: LayersModel): ClassifierMeta {
  return inNameOf(caller, 'classifierMetaOf', () => classifierMetaOf(model.getUserDefinedMetadata()));
}

/** Lets a model say what is known; other metadata stay. */
export function setMeta(model: LayersModel, meta: ClassifierMeta): void {
  const { [META_KEY]: before, ...others } = (model.getUserDefinedMetadata() ?? {}) as Record<string, object>;
  const known = Object.fromEntries(Object.entries(meta).filter(([, value]) => value !== undefined));
  const isKnown = Object.keys(known).length > 0;
  if (before === undefined && !isKnown) return;
  model.setUserDefinedMetadata(isKnown ? { ...others, [META_KEY]: known } : others);
}

/** What a classifier is trained on, and what is said of it. */
export interface MetaSources {
  examples: Examples | object;
  classes: number;
  /** Option `meta`: it comes before what the examples say. */
  given: ClassifierMeta | undefined;
}

/**
 * What is known of a classifier that is trained on examples.
 *
 * @throws RangeError where names or preprocessing do not fit its classes and images.
 */
export function metaOfTraining(
  caller: string,
  model: LayersModel,
  { examples, classes, given = {} }: MetaSources,
): ClassifierMeta {
  const { classes: names, preprocessing: done } = isDataSet(examples) ? examples : {};
  const classNames = given.classNames ?? (names?.length === classes ? names : undefined);
  if (classNames !== undefined && classNames.length !== classes)
    throw new RangeError(
      `${caller}: meta.classNames must name each of the ${classes} classes, got ${classNames.length} names`,
    );
  const preprocessing = given.preprocessing ?? done ?? metaOf(caller, model).preprocessing;
  const problem = misfit(preprocessing, model.inputs[0]!.shape);
  if (problem !== undefined) throw new RangeError(`${caller}: meta.preprocessing ${problem}`);
  return { classNames: classNames && [...classNames], preprocessing };
}

/** Why images that were preprocessed so do not go into a model; undefined where they do, or nothing is known. */
export function misfit(preprocessing: Preprocessing | undefined, input: Shape): string | undefined {
  if (preprocessing === undefined) return undefined;
  const sizes = input.slice(1);
  const { inputSize } = preprocessing;
  const fits = sizes.length === 3 && sizes.every((size, axis) => size === null || size === inputSize[axis]);
  if (fits) return undefined;
  return (
    `makes images of [${inputSize.join(', ')}] (height, width, channels), and the model takes ` +
    `[${sizes.map((size) => size ?? 'open').join(', ')}]`
  );
}

/** Whether two preprocessings make the same pixels of an image, as far as both are known. */
export function samePixels(a: Preprocessing | undefined, b: Preprocessing | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const plain = ({ inputSize, range, mean, std, channelOrder }: Preprocessing): string => {
    const each = (numbers: readonly number[] | undefined, byDefault: number): number[] =>
      Array.from({ length: inputSize[2] }, (_, channel) => numbers?.[channel % numbers.length] ?? byDefault);
    return JSON.stringify([range ?? [0, 1], each(mean, 0), each(std, 1), channelOrder ?? 'rgb']);
  };
  return plain(a) === plain(b);
}
