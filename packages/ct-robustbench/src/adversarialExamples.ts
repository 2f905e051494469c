/**
 * Adversarial examples as a .safetensors file, for later use and for other tools.
 */
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs-core';
import type { AutoAttackResult } from './autoAttack.js';

/** What `loadAdversarialExamples` returns; the caller disposes of `adversarial`. */
export interface AdversarialExamples {
  /** `[batch, ...]`, pixels in [0, 1]: the example where there is one, else the clean image. */
  adversarial: tf.Tensor;
  labels: Int32Array;
  predictions: Int32Array;
  /** Whether the model withstood. */
  robust: boolean[];
  /** norm, eps, version, seed, dataHash and robustAccuracy, as text. */
  metadata: Readonly<Record<string, string>>;
}

/** The bytes of a file with the tensors adversarial, labels, predictions and robust, and the run's facts as metadata. */
export async function serializeAdversarialExamples(result: Pick<AutoAttackResult, 'adversarial' | 'predictions' | 'robust' | 'norm' | 'eps' | 'version' | 'seed' | 'dataHash' | 'robustAccuracy'>, labels: tf.Tensor | ArrayLike<number>): Promise<Uint8Array> {
  const { adversarial, predictions, robust, norm, eps, version, seed, dataHash, robustAccuracy } = result;
  const count = robust.length;
  const labelValues = Int32Array.from('dataSync' in labels ? await labels.data() : labels);
  if (labelValues.length !== count) throw new TypeError(`serializeAdversarialExamples: expected ${count} labels, got ${labelValues.length}`);
  return serializeSafetensors(
    [
      ['adversarial', { dtype: 'F32', shape: adversarial.shape, data: (await adversarial.data()) as Float32Array }],
      ['labels', { dtype: 'I32', shape: [count], data: labelValues }],
      ['predictions', { dtype: 'I32', shape: [count], data: predictions }],
      ['robust', { dtype: 'U8', shape: [count], data: Uint8Array.from(robust, Number) }],
    ],
    { norm, eps: String(eps), version, seed: String(seed), dataHash, robustAccuracy: String(robustAccuracy) },
  );
}

/** Reads what `serializeAdversarialExamples` wrote. @throws Error when tensors are missing. */
export function parseAdversarialExamples(bytes: Uint8Array): AdversarialExamples {
  const { tensors, metadata } = parseSafetensors(bytes);
  const read = (name: string): { shape: readonly number[]; data: ArrayLike<number> } => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`parseAdversarialExamples: the file has no tensor "${name}"; it was not written by serializeAdversarialExamples`);
    return tensor as { shape: readonly number[]; data: ArrayLike<number> };
  };
  const { shape, data } = read('adversarial');
  return {
    adversarial: tf.tensor(Float32Array.from(data), [...shape]),
    labels: Int32Array.from(read('labels').data),
    predictions: Int32Array.from(read('predictions').data),
    robust: Array.from(read('robust').data, Boolean),
    metadata,
  };
}
