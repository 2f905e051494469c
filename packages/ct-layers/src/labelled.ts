/**
 * Examples as the probe wants them: checked against the model, gathered in memory, labels as plain integers.
 */
import type { Batch, Examples } from '@curvature-tuning/datasets';
import type { Tensor } from '@tensorflow/tfjs-core';
import { concat } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';

/** All examples of one split. `dispose` frees what this file made, and leaves the caller's own tensors alone. */
export interface Labelled {
  images: Tensor;
  labels: Int32Array;
  dispose: () => void;
}

/**
 * Gathers examples; an async iterable is read once, to its end, and kept in memory.
 *
 * @param name What to call the examples in errors, e.g. `steer: train`.
 * @param inputShape The model's, batch axis first.
 * @throws TypeError on a wrong dtype, Error on a wrong shape, on labels that do not match, or on no examples.
 */
export async function gather(name: string, examples: Examples, inputShape: Shape): Promise<Labelled> {
  if (!isStream(examples)) {
    checkBatch(name, examples, inputShape);
    return { images: examples.images, labels: await labelsOf(name, examples), dispose: () => undefined };
  }
  const images: Tensor[] = [];
  const labels: Int32Array[] = [];
  try {
    for await (const batch of examples) {
      try {
        checkBatch(name, batch, inputShape);
        labels.push(await labelsOf(name, batch));
        images.push(batch.images.clone());
      } finally {
        batch.images.dispose();
        batch.labels.dispose();
      }
    }
    if (images.length === 0) throw new Error(`${name}: the iterable yielded no batch; an async generator can be read once only, pass one that is fresh`);
    const all = concat(images);
    return { images: all, labels: Int32Array.from(labels.flatMap((batch) => [...batch])), dispose: () => all.dispose() };
  } finally {
    images.forEach((t) => t.dispose());
  }
}

/** Whether examples come batch by batch. */
export function isStream(examples: Examples): examples is AsyncIterable<Batch> {
  return Symbol.asyncIterator in examples;
}

/**
 * Checks a batch against a model.
 *
 * @throws TypeError on a wrong dtype, Error on a wrong shape, on labels that do not match, or on no examples.
 */
export function checkBatch(name: string, { images, labels }: Batch, inputShape: Shape): void {
  const expected = `[batch, ${inputShape.slice(1).join(', ')}]`;
  if (images === undefined || labels === undefined) throw new TypeError(`${name}: expected {images, labels}; got ${images === undefined ? 'no images' : 'no labels'}`);
  if (images.dtype !== 'float32') throw new TypeError(`${name}: images must be float32, got ${images.dtype}; scale and cast them first`);
  if (labels.dtype !== 'int32') throw new TypeError(`${name}: labels must be int32 class numbers, got ${labels.dtype}`);
  const fits = images.rank === inputShape.length && inputShape.every((size, i) => i === 0 || size === null || size === images.shape[i]);
  if (!fits) throw new Error(`${name}: the model takes images of shape ${expected}, got [${images.shape.join(', ')}]`);
  if (labels.rank !== 1 || labels.shape[0] !== images.shape[0]) {
    throw new Error(`${name}: expected one label for each of ${images.shape[0]} images, got labels of shape [${labels.shape.join(', ')}]`);
  }
  if (images.shape[0] === 0) throw new Error(`${name}: expected at least one image, got none`);
}

async function labelsOf(name: string, { labels }: Batch): Promise<Int32Array> {
  const values = Int32Array.from(await labels.data());
  const negative = values.find((label) => label < 0);
  if (negative !== undefined) throw new RangeError(`${name}: labels must be class numbers from 0, got ${negative}`);
  return values;
}

/** The largest label of examples in memory; streams are not read for it. */
export async function largestLabel(caller: string, ...splits: unknown[]): Promise<number> {
  let largest = 0;
  for (const split of splits) {
    const { images, labels } = split as Partial<Batch>;
    if (images === undefined || labels === undefined) throw new Error(`${caller}: a stream of batches does not tell the number of classes; pass {classes}`);
    for (const label of await labelsOf(caller, { images, labels })) largest = Math.max(largest, label);
  }
  return largest;
}
