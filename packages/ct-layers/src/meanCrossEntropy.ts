/**
 * The mean cross-entropy of a classifier on examples.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { cast, oneHot, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { crossEntropyLoss } from './crossEntropyLoss.js';
import type { ScoreOptions } from './scores.js';
import { reduceScores } from './scores.js';

/**
 * Mean over examples of −ln softmax(logits)[label], in nats, of a model whose output is logits: `[batch, classes]`.
 *
 * Tells classifiers of one accuracy apart. Runs in inference mode, `batchSize` images at a time (default 100).
 */
export function meanCrossEntropy(model: LayersModel, examples: Examples, options: ScoreOptions = {}): Promise<number> {
  return reduceScores('meanCrossEntropy', model, examples, options, async (logits, labels) => {
    const loss = tidy(() => crossEntropyLoss(logits, cast(oneHot(tensor1d(labels, 'int32'), logits.shape[1]), 'float32') as Tensor2D));
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  });
}
