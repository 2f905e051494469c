/**
 * What a run tells of itself while it goes on.
 */
import type { EpochRecord } from '../epochRecord.js';
import type { FitProgress } from './fitOptions.js';
import type { Standing } from './snapshot.js';

/** Where a run is within an epoch. */
export interface Moment extends Pick<FitProgress, 'epoch' | 'epochs' | 'step' | 'steps' | 'loss'> {
  /** Seconds since the epoch began. */
  spent: number;
  /** After the epoch. */
  epochRecord?: EpochRecord | undefined;
}

/** The progress at a moment; seconds to go are estimated from those of this epoch. */
export function progressOf({ history, best }: Standing, { spent, ...moment }: Moment): FitProgress {
  const { epoch, epochs, step, steps, loss, epochRecord } = moment;
  const perEpoch = epochRecord?.seconds ?? (steps === null || step === 0 ? null : (spent / step) * steps);
  return {
    phase: 'train',
    done: epoch * (steps ?? 0) + step,
    total: steps === null ? null : epochs * steps,
    secondsLeft: perEpoch === null ? null : Math.max(0, perEpoch * (epochs - epoch) - spent),
    epoch,
    epochs,
    step,
    steps,
    loss,
    best: best === undefined ? undefined : history[best.index]!.validationAccuracy,
    epochRecord,
  };
}
