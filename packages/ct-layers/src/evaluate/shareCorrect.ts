/**
 * Counts what a classifier gets right, from its scores.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { argMax, tidy } from '@tensorflow/tfjs-core';

/** The share, in [0, 1], of rows of `scores` ([examples, classes]) whose largest entry is at the label. */
export async function shareCorrect(scores: Tensor, labels: Int32Array): Promise<number> {
  const predicted = tidy(() => argMax(scores, 1));
  const values = await predicted.data();
  predicted.dispose();
  return labels.reduce((hits, label, i) => hits + (values[i] === label ? 1 : 0), 0) / labels.length;
}
