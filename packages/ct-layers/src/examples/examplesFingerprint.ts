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
import type { DataSet, LabelledImages } from '@curvature-tuning/data';
import { isDataSet, isInMemory } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkFinite } from '../host/finite.js';
import { disposeBatch, inBatches } from './gatherExamples.js';
import type { TrainingExamples } from './trainingData.js';
import { isTfDataset, trainingExamples } from './trainingData.js';

export const examplesFingerprintArguments: Entries<{ examples: TrainingExamples }> = { examples: trainingExamples };

/** What is asked for of examples in memory beside. */
export const heldExamplesArguments: Entries<{ examples: LabelledImages }> = {
  examples: objectWith<LabelledImages>({ images: tensorOf<Tensor>(), labels: labelsSchema }, ['images', 'labels']),
};

/**
 * SHA-256 of the images and labels of examples in memory or of a data set, which is read once for it; null for streams,
 * whose contents nobody holds.
 */
export async function examplesFingerprint(examples: TrainingExamples): Promise<string | null> {
  check('examplesFingerprint', examplesFingerprintArguments, { examples });
  if (isTfDataset(examples)) return null;
  if (!isInMemory(examples)) return isDataSet(examples) ? contentsOf(examples) : null;
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

/** Of a data set: that of its batches, one after the other. */
async function contentsOf(set: DataSet): Promise<string> {
  const digest = new Digest();
  for await (const batch of inBatches('examplesFingerprint: examples', set)) {
    try {
      digest.text((await examplesFingerprint(batch))!);
    } finally {
      disposeBatch(batch);
    }
  }
  return digest.hex();
}
