/**
 * The share of examples that a classifier gets right.
 */
import type { Examples } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EvaluationOptions } from './scores.js';
import { reduceScores } from './scores.js';
import { shareCorrect } from './shareCorrect.js';

/**
 * Top-1 accuracy, in [0, 1], of a classifier: one score a class, or one number for the second of two; see `OutputKind`.
 *
 * Runs in inference mode, `evaluationBatchSize` images at a time.
 */
export function accuracy(model: LayersModel, examples: Examples, options: EvaluationOptions = {}): Promise<number> {
  return reduceScores('accuracy', { model, examples, options }, shareCorrect);
}
