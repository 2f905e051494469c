/**
 * The mean cross-entropy of a classifier on examples.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { cast, oneHot, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { crossEntropyLoss } from './crossEntropyLoss.js';
import { extractFeatures } from './features.js';
import { gather } from './labelled.js';

/**
 * Mean over examples of −ln softmax(logits)[label], in nats, of a model whose output is logits: `[batch, classes]`.
 *
 * Tells classifiers of one accuracy apart. Runs in inference mode, `batchSize` images at a time (default 100).
 */
export async function meanCrossEntropy(model: LayersModel, examples: Examples, { batchSize = 100, signal }: { batchSize?: number; signal?: AbortSignal } = {}): Promise<number> {
  const examplesInMemory = await gather('meanCrossEntropy', examples, model.inputs[0]!.shape);
  const { images, labels } = examplesInMemory;
  try {
    const logits = await extractFeatures(model, images, batchSize, signal);
    const loss = tidy(() => crossEntropyLoss(logits, cast(oneHot(tensor1d(labels, 'int32'), logits.shape[1]), 'float32') as Tensor2D));
    logits.dispose();
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  } finally {
    examplesInMemory.dispose();
  }
}
