/**
 * The share of examples that a classifier gets right.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { extractFeatures } from './features.js';
import { gather } from './labelled.js';
import { shareCorrect } from './shareCorrect.js';

/**
 * Top-1 accuracy, in [0, 1], of a model whose output is one score a class: `[batch, classes]`.
 *
 * Runs in inference mode, `batchSize` images at a time (default 100).
 */
export async function accuracy(model: LayersModel, examples: Examples, { batchSize = 100, signal }: { batchSize?: number; signal?: AbortSignal } = {}): Promise<number> {
  const examplesInMemory = await gather('accuracy', examples, model.inputs[0]!.shape);
  const { images, labels } = examplesInMemory;
  try {
    const scores = await extractFeatures(model, images, batchSize, signal);
    try {
      return await shareCorrect(scores, labels);
    } finally {
      scores.dispose();
    }
  } finally {
    examplesInMemory.dispose();
  }
}
