/**
 * The one shape of learning rates.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { real } from '@curvature-tuning/checks';

/** Base learning rates, which a schedule scales; 0 leaves parameters as they are. */
export interface LearningRates {
  /** Of what a method trains beside the head. */
  own?: number | undefined;
  /** Of the head. */
  head?: number | undefined;
}

/** A base learning rate. */
export const learningRate: Schema<number> = real({ min: 0 });

/** Base learning rates, as options of methods that train something beside the head. */
export const learningRatesEntries: Entries<LearningRates> = { own: learningRate, head: learningRate };
