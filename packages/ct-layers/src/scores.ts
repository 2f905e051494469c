/**
 * What a classifier says of examples.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { extractFeatures } from './features.js';
import { gather } from './labelled.js';
import { checkLayersModel } from './modelKind.js';

/** How a model is run over examples. */
export interface ScoreOptions {
  /** Images that go through the model at a time. Default 100. */
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Runs a model in inference mode over examples and reduces its scores, `[examples, classes]`, and the labels to a number.
 *
 * @param caller What to call the examples in errors.
 */
export async function reduceScores(caller: string, model: LayersModel, examples: Examples, { batchSize = 100, signal }: ScoreOptions, reduce: (scores: Tensor2D, labels: Int32Array) => Promise<number>): Promise<number> {
  checkLayersModel(caller, model);
  const gathered = await gather(caller, examples, model.inputs[0]!.shape);
  try {
    const scores = await extractFeatures(model, gathered.images, batchSize, signal);
    return await reduce(scores, gathered.labels).finally(() => scores.dispose());
  } finally {
    gathered.dispose();
  }
}
