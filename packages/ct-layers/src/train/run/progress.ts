/**
 * What a run tells of itself while it goes on.
 */
import type { EpochRecord } from '../epochRecord.js';
import type { FitOptions, FitProgress } from './fitOptions.js';
import type { Standing } from './snapshot.js';

/** How long a run may be silent where it does not step, in ms. */
const SILENCE = 200;

/** What is known of a run before it begins. */
export interface Expected {
  epochs: number;
  /** Steps an epoch; null for a stream that does not say. */
  steps: number | null;
  /** Epochs that another run did, which this one goes on from. */
  resumed: number;
  onProgress: FitOptions['onProgress'];
}

/** Counts the steps of a run, and tells `onProgress` of each. */
export class FitReporter {
  private readonly expected: Expected;
  /** Of an epoch: what was expected, or what the last one had. */
  private steps: number | null;
  private epoch: number;
  private doneBefore: number;
  private step = 0;
  private loss: number | undefined;
  private begin = performance.now();
  private last = 0;
  /** Mean seconds an epoch, of those of this run. */
  private perEpoch: number | undefined;

  constructor(expected: Expected) {
    this.expected = expected;
    this.steps = expected.steps;
    this.epoch = expected.resumed;
    this.doneBefore = expected.resumed * (expected.steps ?? 0);
  }

  /** Begins an epoch; of the first it tells at once, for its first step may take long. */
  epochBegin(standing: Standing, epoch: number): void {
    this.doneBefore += this.step;
    [this.epoch, this.step, this.begin] = [epoch, 0, performance.now()];
    if (epoch === this.expected.resumed) this.tell(standing);
  }

  /** Counts a step. */
  stepDone(standing: Standing, loss: number): void {
    this.step++;
    this.loss = loss;
    this.tell(standing);
  }

  /** Tells that the run goes on, unless it told something just before. */
  beat(standing: Standing): void {
    if (performance.now() - this.last >= SILENCE) this.tell(standing);
  }

  /** Tells of a whole epoch. */
  epochDone(standing: Standing, epochRecord: EpochRecord): void {
    const done = this.epoch - this.expected.resumed;
    this.perEpoch = ((this.perEpoch ?? 0) * done + epochRecord.seconds) / (done + 1);
    this.steps = this.step;
    this.tell(standing, { epochRecord, secondsLeft: this.perEpoch * (this.expected.epochs - this.epoch - 1) });
  }

  /** Tells of the end where it comes before the last epoch. */
  end(standing: Standing): void {
    const done = this.doneBefore + this.step;
    if (this.epoch < this.expected.epochs - 1) this.tell(standing, { total: done, secondsLeft: 0 });
  }

  private tell({ history, best }: Standing, more: Partial<FitProgress> = {}): void {
    const { epoch, step, steps, loss } = this;
    const { epochs, onProgress } = this.expected;
    this.last = performance.now();
    const left = epochs - epoch - 1;
    onProgress?.({
      phase: 'train',
      done: this.doneBefore + step,
      total: steps === null ? null : this.doneBefore + Math.max(step, steps) + left * steps,
      secondsLeft: this.secondsLeft(left),
      epoch,
      epochs,
      step,
      steps,
      loss,
      best: best === undefined ? undefined : history[best.index]!.validationAccuracy,
      epochRecord: undefined,
      ...more,
    });
  }

  /** At the pace of the epochs of this run; in the first, at that of its steps. */
  private secondsLeft(left: number): number | null {
    const { step, steps } = this;
    const spent = (performance.now() - this.begin) / 1000;
    const perEpoch = this.perEpoch ?? (steps === null || step === 0 ? null : (spent / step) * steps);
    return perEpoch === null ? null : Math.max(0, perEpoch - spent) + perEpoch * left;
  }
}
