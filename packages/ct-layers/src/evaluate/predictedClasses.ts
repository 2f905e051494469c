/**
 * Which class a classifier gives each example.
 */
import type { Examples } from '@curvature-tuning/data';
import { argMax, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EvaluationOptions } from './scores.js';
import { reduceScores } from './scores.js';

/**
 * The class with the largest score of every example, in their order: what `accuracy` compares with the labels.
 *
 * Takes classifiers of any kind, see `OutputKind`. Runs in inference mode, `evaluationBatchSize` images at a time.
 */
export function predictedClasses(
  model: LayersModel,
  examples: Examples,
  options: EvaluationOptions = {},
): Promise<Int32Array> {
  return reduceScores('predictedClasses', { model, examples, options }, async (logits) => {
    const classes = tidy(() => argMax(logits, 1));
    const values = (await classes.data()) as Int32Array;
    classes.dispose();
    return values;
  });
}
