/**
 * Examples as training, probing and scoring want them: checked against the model, labels as plain class numbers.
 */
import type { Schema } from '@curvature-tuning/checks';
import { classNumbers, fits, isTensor, matching, oneHotClasses, show, whole } from '@curvature-tuning/checks';
import type { LabelledImages, Examples } from '@curvature-tuning/data';
import { isDataSet, isExamples, isInMemory } from '@curvature-tuning/data';
import { concat, Tensor } from '@tensorflow/tfjs-core';
import { checkFinite } from '../host/finite.js';
import type { ImageRows } from '../host/imageRows.js';
import type { ModelInput } from '../model/modelInput.js';

/** All examples of one split. `dispose` frees what this file made, and leaves the caller's own tensors alone. */
export interface Labelled {
  images: Tensor;
  labels: Int32Array;
  /** The number of classes that one-hot labels state; undefined for class numbers. */
  oneHotClasses: number | undefined;
  dispose: () => void;
}

/** Images of a data set that are read at a time where all are kept. */
const READ_AT_A_TIME = 64;

/** Bytes of the images of a data set that are kept, 256 MiB; those of a larger one are read when they are wanted. */
const MOST_KEPT_BYTES = 2 ** 28;

/** All examples of one split, whose images may stay where they are. */
export type Readable = Omit<Labelled, 'images'> & { images: Tensor | ImageRows };

/** A number of classes: at least one, and no more than a head may sensibly have. */
export const classCount: Schema<number> = whole({ min: 1, max: 1_000_000 });

/** How examples are gathered. */
export interface GatherOptions {
  /** Labels lie below it, where it is given. */
  classes?: number | undefined;
  /** Hears how many images were read, batch by batch; of those in memory nothing. */
  onImages?: ((images: number) => void) | undefined;
}

/**
 * Gathers examples; a data set or an async iterable is read once, to its end, and kept in memory.
 *
 * @param name What to call the examples in errors, e.g. `steer: train`.
 * @throws TypeError on a wrong kind, RangeError on images that are not finite and on labels that are no class numbers,
 * Error on a wrong shape, on labels that do not match, or on no examples.
 */
export async function gatherExamples(
  name: string,
  examples: Examples,
  input: ModelInput,
  { classes, onImages }: GatherOptions = {},
): Promise<Labelled> {
  checkKind(name, examples);
  if (isInMemory(examples)) {
    const labels = await checkBatch(name, examples, input, classes);
    return { images: examples.images, labels, oneHotClasses: oneHotClasses(examples.labels), dispose: () => undefined };
  }
  const images: Tensor[] = [];
  const labels: Int32Array[] = [];
  let width: number | undefined;
  try {
    for await (const batch of inBatches(name, examples)) {
      try {
        labels.push(await checkBatch(name, batch, input, classes));
        width = oneHotClasses(batch.labels);
        images.push(batch.images.clone());
        onImages?.(batch.images.shape[0]);
      } finally {
        disposeBatch(batch);
      }
    }
    if (images.length === 0)
      throw new Error(
        `${name}: the iterable yielded no batch; an async generator can be read once only, pass one that is fresh`,
      );
    const all = concat(images);
    return {
      images: all,
      labels: Int32Array.from(labels.flatMap((batch) => [...batch])),
      oneHotClasses: width,
      dispose: () => all.dispose(),
    };
  } finally {
    images.forEach((t) => t.dispose());
  }
}

/**
 * Examples whose images are gathered, but for those of a data set of more than 256 MiB: these stay where they are, are
 * read batch by batch, as often as they are wanted, and are checked then.
 *
 * @throws As `gatherExamples` does, at the first image; of later ones of a large set when they are read.
 */
export async function readableExamples(
  name: string,
  examples: Examples,
  input: ModelInput,
  options: GatherOptions = {},
): Promise<Readable> {
  checkKind(name, examples);
  if (!isDataSet(examples) || examples.length === 0) return gatherExamples(name, examples, input, options);
  const sides = input.shape.slice(1);
  const isOpen = sides.some((side) => side === null);
  const shape = isOpen ? (await examples.example(0)).pixels.shape : (sides as number[]);
  const bytes = 4 * shape.reduce((product, side) => product * side, examples.length);
  if (bytes <= MOST_KEPT_BYTES) return gatherExamples(name, examples, input, options);
  const { length, labels } = examples;
  const numbers = await classNumbers(name, 'labels', labels, {
    count: length,
    ...(options.classes !== undefined && { classes: options.classes }),
  });
  const read = async (rows: ArrayLike<number>): Promise<Tensor> => {
    for await (const batch of examples.subset(rows).batches(rows.length)) {
      try {
        await checkBatch(name, batch, input, options.classes);
      } catch (error) {
        batch.images.dispose();
        throw error;
      } finally {
        disposeBatch({ labels: batch.labels });
      }
      return batch.images;
    }
    throw new Error(`${name}: expected at least one image, got none`);
  };
  const [first, labelled] = [await read([0]), { labels: numbers, oneHotClasses: undefined }];
  first.dispose();
  return { ...labelled, images: { shape: [length, ...shape], read }, dispose: () => undefined };
}

/**
 * The images of examples as `readableExamples` has them, or a tensor of images as it is; labels are not looked at.
 *
 * @throws As `gatherExamples` does.
 */
export async function gatherImages(
  name: string,
  images: Tensor | Examples,
  input: ModelInput,
  options: Pick<GatherOptions, 'onImages'> = {},
): Promise<Pick<Readable, 'images' | 'dispose'>> {
  if (!isTensor(images)) return readableExamples(name, images, input, options);
  await checkImages(name, images, input);
  return { images, dispose: () => undefined };
}

/**
 * What is not in memory, in batches that belong to whoever iterates: those of a stream, or of a data set in its order.
 *
 * @throws Error for a data set without examples.
 */
export function inBatches(name: string, examples: Exclude<Examples, LabelledImages>): AsyncIterable<LabelledImages> {
  if (!isDataSet(examples)) return examples;
  if (examples.length === 0) throw new Error(`${name}: expected at least one image, got none`);
  return examples.batches(READ_AT_A_TIME);
}

/**
 * Refuses what is no examples at all.
 *
 * @throws TypeError that says what came.
 */
export function checkKind(name: string, value: unknown): void {
  if (!fits(examples, value)) throw new TypeError(`${name} must be ${FORMS}, got ${show(value)}`);
}

const FORMS = 'examples: {images, labels}, an async iterable of such or a data set';

/** Labelled images, all at once, batch by batch or as a data set; what is in them is looked at when they are read. */
export const examples: Schema<Examples> = matching(isExamples, { expects: FORMS });

/**
 * Checks a batch against a model and returns the class numbers of its labels; frees nothing.
 *
 * @throws As `gatherExamples` does.
 */
export async function checkBatch(
  name: string,
  batch: LabelledImages,
  input: ModelInput,
  classes?: number,
): Promise<Int32Array> {
  checkKind(name, batch);
  const { images, labels } = batch as Partial<LabelledImages>;
  if (images === undefined || labels === undefined)
    throw new TypeError(`${name}: expected {images, labels}; got ${images === undefined ? 'no images' : 'no labels'}`);
  if (!isTensor(images)) throw new TypeError(`${name}: images must be a tensor, got ${show(images)}`);
  const count = checkForm(name, images, input);
  const numbers = await classNumbers(name, 'labels', labels, { count, ...(classes !== undefined && { classes }) });
  await checkFinite(`${name}: images`, images);
  return numbers;
}

async function checkImages(name: string, images: Tensor, input: ModelInput): Promise<void> {
  checkForm(name, images, input);
  await checkFinite(`${name}: images`, images);
}

/** Dtype and shape; returns the number of images. */
function checkForm(name: string, images: Tensor, { shape, dtypes }: ModelInput): number {
  if (images.isDisposed) throw new TypeError(`${name}: images must be a tensor, got one that was disposed of`);
  if (!dtypes.includes(images.dtype))
    throw new TypeError(
      `${name}: images must be ${dtypes.join(' or ')}, got ${images.dtype}; scale and cast them first`,
    );
  const fits =
    images.rank === shape.length && shape.every((size, i) => i === 0 || size === null || size === images.shape[i]);
  if (!fits)
    throw new Error(
      `${name}: the model takes images of shape [batch, ${shape.slice(1).join(', ')}], got ` +
        `[${images.shape.join(', ')}]`,
    );
  const [count] = images.shape as [number];
  if (count === 0) throw new Error(`${name}: expected at least one image, got none`);
  return count;
}

/** Frees what a batch of a stream holds; its labels may be a list. */
export function disposeBatch(batch: Partial<LabelledImages> | undefined): void {
  for (const part of [batch?.images, batch?.labels]) if (part instanceof Tensor && !part.isDisposed) part.dispose();
}

/**
 * The number of classes that examples have: those of a data set, in memory the length of one-hot rows, else one more
 * than the largest label.
 *
 * @throws Error on a stream, which is not read for it.
 */
export async function countClasses(caller: string, splits: Readonly<Record<string, unknown>>): Promise<number> {
  let classes = 1;
  for (const [name, split] of Object.entries(splits)) {
    if (typeof (split as { iterator?: unknown } | null)?.iterator !== 'function')
      checkKind(`${caller}: ${name}`, split);
    if (isDataSet(split)) {
      classes = Math.max(classes, split.classes.length);
      continue;
    }
    const { labels } = split as Partial<LabelledImages>;
    if (labels === undefined && !('images' in (split as object)))
      throw new Error(`${caller}: a stream of batches does not tell the number of classes; pass {classes}`);
    if (labels === undefined) throw new TypeError(`${caller}: ${name}: expected {images, labels}; got no labels`);
    const numbers = await classNumbers(`${caller}: ${name}`, 'labels', labels);
    classes = numbers.reduce((most, label) => Math.max(most, label + 1), Math.max(classes, oneHotClasses(labels) ?? 1));
  }
  return classes;
}
