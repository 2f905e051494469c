/**
 * The error of a run whose loss is not finite.
 */
import { acrossCopies } from '../host/copies.js';
import type { EpochRecord } from './epochRecord.js';

/** Where a loss stopped being finite. */
export interface NonFiniteLoss {
  /** In which examples. */
  split: 'train' | 'validation';
  /** From 0. */
  epoch: number;
  /** The batch, from 0, within the epoch. */
  step: number;
  loss: number;
  /** Where the first value that is not finite appears, if that could be told. */
  site: string | undefined;
  /** The epochs that were completed. */
  history: EpochRecord[];
}

/** Thrown when a loss is not finite; what the best epoch had learnt before is in the variables again. */
export class NonFiniteLossError extends Error implements NonFiniteLoss {
  override readonly name = 'NonFiniteLossError';
  readonly split: 'train' | 'validation';
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly site: string | undefined;
  readonly history: EpochRecord[];

  constructor(caller: string, { split, epoch, step, loss, site, history }: NonFiniteLoss) {
    const which =
      split === 'train'
        ? `the loss became ${loss} in epoch ${epoch}, step ${step}`
        : `the validation loss became ${loss} after epoch ${epoch}, in batch ${step}`;
    const where =
      site === undefined
        ? 'no site has an output that is not finite, so it is the loss or the head'
        : `the first output that is not finite is that of "${site}"`;
    const kept = history.length === 0 ? 'no epoch was completed' : 'the best epoch is kept';
    super(
      `${caller}: ${which}; ${where}; ${kept}. Lower the learning rate, or look for values that are not ` +
        'finite in the weights',
    );
    this.split = split;
    this.epoch = epoch;
    this.step = step;
    this.loss = loss;
    this.site = site;
    this.history = history;
  }
}

acrossCopies(NonFiniteLossError, 'NonFiniteLossError');
