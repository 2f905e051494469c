/**
 * How a training run goes, and what its caller hears of it.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { anyOf, bytes, count, func, listOf, oneOf, seed, signal } from '@curvature-tuning/checks';
import type { FitCallbacks } from '../callbacks.js';
import { fitCallback } from '../callbacks.js';
import type { EpochRecord } from '../epochRecord.js';
import type { Schedule } from '../../head/schedule.js';

/**
 * What the progress callback hears at the start, after each step, and once more, with `epochRecord`, after each epoch;
 * `phase` is `'train'`, `done` and `total` count the steps of the run, as far as they are known. Where a start is
 * prepared, `phase` is `'prepare'` before, and its batches and heads are counted too.
 */
export interface FitProgress extends Progress {
  /** From 0. */
  epoch: number;
  epochs: number;
  /** Steps done in this epoch, and the steps of an epoch where they are known. */
  step: number;
  steps: number | null;
  /** Of the last step, undefined before the first. */
  loss: number | undefined;
  /** Validation accuracy of the best epoch so far, undefined in the first. */
  best: number | undefined;
  /** After an epoch, not after a step. */
  epochRecord?: EpochRecord | undefined;
}

/** How a run goes. */
export interface FitOptions {
  /**
   * `'paper'`: of epochs with the same validation accuracy the first is kept. Default `'strict'`: the one with the
   * smallest validation loss.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /** Default 20. */
  epochs?: number | undefined;
  /** Images a step, for examples in memory. Default 32. */
  batchSize?: number | undefined;
  /**
   * Images that go through the model at a time in training: a step adds up the gradients of its batch. What they
   * decide together, such as batch statistics, is of so many. Default: the whole batch; where a whole model is
   * fitted, as many as take 384 MiB, in parts as equal as can be.
   */
  microBatchSize?: number | undefined;
  /**
   * Images that are evaluated at a time, for examples in memory. Default 100; where a whole model is fitted, as
   * `linearProbe` has it.
   */
  evaluationBatchSize?: number | undefined;
  /** Seeds the order of the examples and dropout. Default 42. */
  seed?: number | undefined;
  /** Default: the paper's, see `paperSchedule`. */
  schedule?: Schedule | undefined;
  /** Batches an epoch, which the warm-up needs to know of a stream that does not tell. */
  batchesPerEpoch?: number | undefined;
  /** Hears at the start and after every step. */
  onProgress?: ((progress: FitProgress) => void) | undefined;
  /**
   * tfjs callbacks: `tf.CustomCallback`, `tf.callbacks.earlyStopping`, tfjs-vis' `show.fitCallbacks`, or plain
   * objects.
   */
  callbacks?: FitCallbacks | undefined;
  /** Gets the state of the run after every epoch, one `.safetensors` file; the run waits for its promise. */
  onCheckpoint?: ((checkpoint: Uint8Array) => void | Promise<void>) | undefined;
  /**
   * A checkpoint of the same run to go on from; the result is that of a run that never stopped. Network, examples in
   * memory and options must be those it was made with, but for `epochs` and what changes no result; of streams nobody
   * holds the contents.
   */
  resume?: Uint8Array | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

export const fitOptionEntries: Entries<FitOptions> = {
  protocol: oneOf('strict', 'paper'),
  epochs: count,
  batchSize: count,
  microBatchSize: count,
  evaluationBatchSize: count,
  seed,
  schedule: func(),
  batchesPerEpoch: count,
  onProgress: func(),
  callbacks: anyOf(fitCallback, listOf(fitCallback)),
  onCheckpoint: func(),
  resume: bytes,
  signal,
};
