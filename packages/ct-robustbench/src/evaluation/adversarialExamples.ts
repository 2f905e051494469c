/**
 * Adversarial examples as a .safetensors file, for later use and for other tools.
 */
import {
  bytes as bytesSchema,
  check,
  checkSeal,
  classNumbers,
  flag,
  labels as labelsSchema,
  listOf,
  matching,
  objectWith,
  sealed,
  seed,
  text,
  unitInterval,
} from '@curvature-tuning/checks';
import type { Entries, Labels, Schema } from '@curvature-tuning/checks';
import type { SafetensorsFile, SafeTensor } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import { imagesSchema } from '../data/readImages.js';
import { normSchema, radiusSchema } from '../geometry/norm.js';
import type { AutoAttackResult } from './autoAttack.js';
import { versionSchema } from './versions.js';

/** What `loadAdversarialExamples` returns; the caller disposes of `adversarial`. */
export interface AdversarialExamples {
  /** `[batch, ...]`, pixels in [0, 1]: the example where there is one, else the clean image. */
  adversarial: Tensor;
  labels: Int32Array;
  predictions: Int32Array;
  /** Whether the model withstood. */
  robust: boolean[];
  /** norm, eps, version, seed, dataHash and robustAccuracy, as text. */
  metadata: Readonly<Record<string, string>>;
}

/** What is written of a run. */
export type ExamplesResult = Pick<
  AutoAttackResult,
  'adversarial' | 'predictions' | 'robust' | 'norm' | 'eps' | 'version' | 'seed' | 'dataHash' | 'robustAccuracy'
>;

export const examplesResult: Schema<ExamplesResult> = objectWith<ExamplesResult>(
  {
    adversarial: imagesSchema,
    predictions: matching((value): value is Int32Array => value instanceof Int32Array, { expects: 'an Int32Array' }),
    robust: listOf(flag, { min: 1 }) as Schema<boolean[]>,
    norm: normSchema,
    eps: radiusSchema,
    version: versionSchema,
    seed,
    dataHash: text,
    robustAccuracy: unitInterval,
  },
  ['adversarial', 'predictions', 'robust', 'norm', 'eps', 'version', 'seed', 'dataHash', 'robustAccuracy'],
);
export const serializeArguments: Entries<{ result: ExamplesResult; labels: Labels }> = {
  result: examplesResult,
  labels: labelsSchema,
};
export const parseArguments: Entries<{ bytes: Uint8Array }> = { bytes: bytesSchema };

/**
 * The bytes of a file with the tensors adversarial, labels, predictions and robust, and the run's facts as metadata.
 *
 * @throws TypeError unless all of them are of equally many images.
 */
export async function serializeAdversarialExamples(result: ExamplesResult, labels: Labels): Promise<Uint8Array> {
  check('serializeAdversarialExamples', serializeArguments, { result, labels });
  const { adversarial, predictions, robust, norm, eps, version, seed: runSeed, dataHash, robustAccuracy } = result;
  const count = adversarial.shape[0];
  for (const [name, { length }] of [
    ['robust', robust],
    ['predictions', predictions],
  ] as const) {
    if (length !== count)
      throw new TypeError(
        `serializeAdversarialExamples: result.${name} must have one value for each of ${count} images, got ${length}`,
      );
  }
  const labelValues = await classNumbers('serializeAdversarialExamples', 'labels', labels, { count });
  const tensors: [string, SafeTensor][] = [
    ['adversarial', { dtype: 'F32', shape: adversarial.shape, data: (await adversarial.data()) as Float32Array }],
    ['labels', { dtype: 'I32', shape: [count], data: labelValues }],
    ['predictions', { dtype: 'I32', shape: [count], data: predictions }],
    ['robust', { dtype: 'U8', shape: [count], data: Uint8Array.from(robust, Number) }],
  ];
  return serializeSafetensors(
    tensors,
    sealed(tensors, {
      norm,
      eps: String(eps),
      version,
      seed: String(runSeed),
      dataHash,
      robustAccuracy: String(robustAccuracy),
    }),
  );
}

/**
 * Reads what `serializeAdversarialExamples` wrote. @throws Error when tensors are missing, or of other kinds or shapes.
 */
export function parseAdversarialExamples(bytes: Uint8Array): AdversarialExamples {
  check('parseAdversarialExamples', parseArguments, { bytes });
  const file = readFileOf(bytes);
  const { tensors, metadata } = file;
  const read = (name: string, dtype: string, count?: number): { shape: readonly number[]; data: ArrayLike<number> } => {
    const tensor = tensors.get(name);
    const cure = 'was it written by serializeAdversarialExamples?';
    if (tensor === undefined)
      throw new Error(`parseAdversarialExamples: expected a tensor "${name}", got a file without; ${cure}`);
    const { shape } = tensor;
    const fits =
      count === undefined
        ? shape.length >= 2 && shape.every((length) => length > 0)
        : shape.length === 1 && shape[0] === count;
    if (tensor.dtype !== dtype || !fits) {
      throw new Error(
        `parseAdversarialExamples: tensor "${name}" must be ${dtype} of shape [${count ?? 'batch, ...'}], got ` +
          `${tensor.dtype} of shape [${shape.join(', ')}]; ${cure}`,
      );
    }
    return tensor as { shape: readonly number[]; data: ArrayLike<number> };
  };
  const { shape, data } = read('adversarial', 'F32');
  const count = shape[0]!;
  const [labels, predictions, robust] = [
    read('labels', 'I32', count),
    read('predictions', 'I32', count),
    read('robust', 'U8', count),
  ];
  checkSeal('parseAdversarialExamples', 'the file', file, 'write it anew by serializeAdversarialExamples');
  return {
    adversarial: tensor(Float32Array.from(data), [...shape]),
    labels: Int32Array.from(labels.data),
    predictions: Int32Array.from(predictions.data),
    robust: Array.from(robust.data, Boolean),
    metadata,
  };
}

function readFileOf(bytes: Uint8Array): SafetensorsFile {
  try {
    const file = parseSafetensors(bytes);
    for (const [name, reason] of file.skipped)
      throw new Error(`tensor ${JSON.stringify(name)} cannot be read: ${reason}`);
    return file;
  } catch (cause) {
    throw new Error(
      `parseAdversarialExamples: expected a .safetensors file, but ${(cause as Error).message}; was it ` +
        'written by serializeAdversarialExamples?',
      { cause },
    );
  }
}
