/**
 * tfjs's training callbacks, called as `model.fit` calls them.
 */
import type { Schema } from '@curvature-tuning/checks';
import { matching } from '@curvature-tuning/checks';
import type { EpochRecord } from './epochRecord.js';

/** Numbers by name, in the names that `model.fit` uses: `loss`, `acc`, `val_loss`, `val_acc`. */
export type FitLogs = Record<string, number>;

/** The methods of `tf.CustomCallback`, of `tf.Callback`, and of what tfjs-vis makes; all optional. */
export interface FitCallback {
  /** Is told the run's parameters, before it begins. */
  setParams?: (params: Record<string, unknown>) => void;
  /** Is told the model that is trained, before it begins. */
  setModel?: (model: never) => void;
  /** Before the first epoch. */
  onTrainBegin?: (logs?: FitLogs) => void | Promise<void>;
  /** After the last epoch. */
  onTrainEnd?: (logs?: FitLogs) => void | Promise<void>;
  /** Before an epoch; epochs are counted from 0. */
  onEpochBegin?: (epoch: number, logs?: FitLogs) => void | Promise<void>;
  /** After an epoch. */
  onEpochEnd?: (epoch: number, logs?: FitLogs) => void | Promise<void>;
  /** Before a batch; batches are counted from 0 in every epoch. */
  onBatchBegin?: (batch: number, logs?: FitLogs) => void | Promise<void>;
  /** After a batch. */
  onBatchEnd?: (batch: number, logs?: FitLogs) => void | Promise<void>;
}

/** One callback or several. */
export type FitCallbacks = FitCallback | readonly FitCallback[];

/** A callback: an object with at least one of the methods, or an instance of tfjs's classes. */
export const fitCallback: Schema<FitCallback> = matching(
  (value): value is FitCallback =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    [
      'setParams',
      'setModel',
      'onTrainBegin',
      'onTrainEnd',
      'onEpochBegin',
      'onEpochEnd',
      'onBatchBegin',
      'onBatchEnd',
    ].some((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
  { expects: 'a tfjs callback', cure: 'pass an object with methods such as onEpochEnd' },
);

/** Calls every callback in turn and waits for each. */
export class CallbackList {
  private readonly callbacks: readonly FitCallback[];
  private readonly model: { stopTraining?: boolean } | undefined;

  constructor(
    callbacks: FitCallbacks | undefined,
    model: object | undefined,
    params: { epochs: number; steps: number | null },
  ) {
    this.callbacks = callbacks === undefined ? [] : [callbacks].flat();
    this.model = model;
    if (this.model !== undefined && this.callbacks.length > 0) this.model.stopTraining = false;
    for (const callback of this.callbacks) {
      callback.setParams?.({
        epochs: params.epochs,
        steps: params.steps,
        metrics: ['loss', 'acc', 'val_loss', 'val_acc'],
        doValidation: true,
        verbose: 0,
      });
      if (model !== undefined) callback.setModel?.(model as never);
    }
  }

  /** Whether a callback may look at the model between two batches. */
  get seesModelBetweenBatches(): boolean {
    return this.callbacks.some(
      ({ setModel, onBatchBegin, onBatchEnd }) => setModel !== undefined && (onBatchBegin ?? onBatchEnd) !== undefined,
    );
  }

  async trainBegin(): Promise<void> {
    for (const callback of this.callbacks) await callback.onTrainBegin?.({});
  }

  async trainEnd(): Promise<void> {
    for (const callback of this.callbacks) await callback.onTrainEnd?.({});
  }

  async epochBegin(epoch: number): Promise<void> {
    for (const callback of this.callbacks) await callback.onEpochBegin?.(epoch, {});
  }

  /** Returns whether a callback asked to stop, as early stopping does by `model.stopTraining`. */
  async epochEnd({ epoch, loss, accuracy, validationLoss, validationAccuracy }: EpochRecord): Promise<boolean> {
    for (const callback of this.callbacks)
      await callback.onEpochEnd?.(epoch, {
        loss,
        acc: accuracy,
        val_loss: validationLoss,
        val_acc: validationAccuracy,
      });
    return this.callbacks.length > 0 && this.model?.stopTraining === true;
  }

  async batchBegin(batch: number, size: number): Promise<void> {
    for (const callback of this.callbacks) await callback.onBatchBegin?.(batch, { batch, size });
  }

  async batchEnd(batch: number, size: number, { loss, accuracy }: { loss: number; accuracy: number }): Promise<void> {
    for (const callback of this.callbacks) await callback.onBatchEnd?.(batch, { batch, size, loss, acc: accuracy });
  }
}
