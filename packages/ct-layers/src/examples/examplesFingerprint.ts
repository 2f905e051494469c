/**
 * Names examples by all that a result depends on: what a stored result is taken up by.
 */
import type { Entries } from '@curvature-tuning/checks';
import {
  canonicalJson,
  check,
  classNumbers,
  Digest,
  hashOf,
  isTensor,
  labels as labelsSchema,
  objectWith,
  tensorOf,
} from '@curvature-tuning/checks';
import type { LabelledImages } from '@curvature-tuning/datasets';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkFinite } from '../host/finite.js';
import { isStream } from './gatherExamples.js';
import type { TrainingExamples } from './trainingData.js';
import { isDataset, trainingExamples } from './trainingData.js';

export const examplesFingerprintArguments: Entries<{ examples: TrainingExamples }> = { examples: trainingExamples };

/** What is asked for of examples in memory beside. */
export const heldExamplesArguments: Entries<{ examples: LabelledImages }> = {
  examples: objectWith<LabelledImages>({ images: tensorOf<Tensor>(), labels: labelsSchema }, ['images', 'labels']),
};

/**
 * SHA-256 of the images and labels of examples in memory; null for streams, whose contents nobody holds.
 */
export async function examplesFingerprint(examples: TrainingExamples): Promise<string | null> {
  check('examplesFingerprint', examplesFingerprintArguments, { examples });
  if (isDataset(examples) || isStream(examples)) return null;
  check('examplesFingerprint', heldExamplesArguments, { examples });
  const { images, labels } = examples;
  await classNumbers('examplesFingerprint', 'examples.labels', labels, { count: images.shape[0] });
  await checkFinite('examplesFingerprint: examples.images', images);
  const digest = new Digest();
  for (const part of [images, labels]) {
    if (isTensor(part)) digest.json([part.dtype, part.shape]).text(await hashOf((await part.data()) as Float32Array));
    else digest.text(canonicalJson(Array.from(part, String)));
  }
  return digest.hex();
}
