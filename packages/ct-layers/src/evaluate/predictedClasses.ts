/**
 * Which class a classifier gives each example, and how often that is right.
 */
import type { Examples } from '@curvature-tuning/data';
import { argMax, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EvaluationOptions } from './scores.js';
import { reduceScores } from './scores.js';
import { shareCorrect } from './shareCorrect.js';

/** What a classifier takes examples for, in their order. */
export interface PredictedClasses {
  /** The class with the largest score of each. */
  predicted: Int32Array;
  /** What each is. */
  labels: Int32Array;
  /** The share, in [0, 1], of those that are the same: what `accuracy` gives. */
  accuracy: number;
}

/**
 * The class with the largest score of every example, beside its label: all that a confusion matrix wants, in one pass.
 *
 * Takes classifiers of any kind, see `OutputKind`. Runs in inference mode, `evaluationBatchSize` images at a time.
 */
export function predictedClasses(
  model: LayersModel,
  examples: Examples,
  options: EvaluationOptions = {},
): Promise<PredictedClasses> {
  return reduceScores('predictedClasses', { model, examples, options }, async (logits, labels) => {
    const classes = tidy(() => argMax(logits, 1));
    const predicted = (await classes.data()) as Int32Array;
    classes.dispose();
    return { predicted, labels: labels.slice(), accuracy: await shareCorrect(logits, labels) };
  });
}
