/**
 * The mean cross-entropy of a classifier on examples.
 */
import type { Examples } from '@curvature-tuning/data';
import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { crossEntropyLoss } from '../head/crossEntropyLoss.js';
import { oneHotRows } from '../examples/oneHotRows.js';
import type { EvaluationOptions } from './scores.js';
import { reduceScores } from './scores.js';

/**
 * Mean over examples of −ln softmax(logits)[label], in nats, of a classifier of any kind; see `OutputKind`.
 *
 * Tells classifiers of one accuracy apart. Runs in inference mode, `evaluationBatchSize` images at a time.
 */
export function meanCrossEntropy(
  model: LayersModel,
  examples: Examples,
  options: EvaluationOptions = {},
): Promise<number> {
  return reduceScores('meanCrossEntropy', { model, examples, options }, async (logits, labels) => {
    const loss = tidy(() => crossEntropyLoss(logits, oneHotRows(tensor1d(labels, 'int32'), logits.shape[1])));
    const [value] = await loss.data();
    loss.dispose();
    if (!Number.isFinite(value))
      throw new RangeError(`meanCrossEntropy: the mean became ${value}; the model's logits are too large for it`);
    return value!;
  });
}
