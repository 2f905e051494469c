/**
 * What is written down of each epoch of a training run.
 */

/** One epoch of a run; accuracies in [0, 1]. */
export interface EpochRecord {
  /** From 0. */
  epoch: number;
  /** Means over the epoch's training examples, each measured before its own step. */
  loss: number;
  accuracy: number;
  /** After the epoch. */
  validationLoss: number;
  validationAccuracy: number;
  seconds: number;
}
