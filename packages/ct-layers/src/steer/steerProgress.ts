/**
 * How far steering is: images through the network and heads, over all betas that are tried.
 */
import type { Progress } from '@curvature-tuning/checks';
import { ProbeProgress } from '../probe/probeProgress.js';
import type { ProbeRun } from '../probe/probeRun.js';
import type { SteerPlan, SteerStep } from './steerTrials.js';

/**
 * What the progress callback hears, batch by batch; `phase` is `'steer'`, `done` and `total` count the images that go
 * through the network and the heads that are fitted, over all betas; `total` is null while the images are read.
 */
export interface SteerProgress extends Progress {
  /** After a beta, not after a batch. */
  step?: SteerStep | undefined;
  /** The best so far, undefined before the first. */
  best: SteerStep | undefined;
}

/** Whom to tell, and who stops the run. */
export interface ReportOptions {
  onProgress?: ((progress: SteerProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Reports to `onProgress`, from the start on. */
export class SteerProgressReporter {
  /** Counts what goes through the network. */
  readonly counter: ProbeProgress;
  private readonly signal: AbortSignal | undefined;
  private best: SteerStep | undefined;
  private step: SteerStep | undefined;

  constructor({ onProgress, signal }: ReportOptions) {
    this.signal = signal;
    this.counter = new ProbeProgress('steer', (progress) => {
      const { best, step } = this;
      onProgress?.({ ...progress, best, ...(step !== undefined && { step }) });
    });
  }

  /**
   * Says what a search has still to do, as far as is known.
   *
   * @param own How many states of the network's own start are to be validated besides, the second calibrated.
   */
  plan(
    { passes }: Pick<ProbeRun, 'passes'>,
    calibrate: boolean,
    { betas, interpolated = 0 }: SteerPlan,
    own = 0,
  ): void {
    const features = passes.features + 1;
    const beta = calibrate ? features + passes.calibration : features;
    this.counter.plan(betas * beta + interpolated + own * features + (own > 1 ? passes.calibration : 0));
  }

  /** Reports a beta that was tried. */
  tried(step: SteerStep, best: SteerStep): void {
    this.best = best;
    this.step = step;
    this.counter.count();
    this.step = undefined;
    this.signal?.throwIfAborted();
  }
}
