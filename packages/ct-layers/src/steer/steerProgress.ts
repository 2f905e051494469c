/**
 * How far steering is: it counts the images that go through the network, in all betas that are computed.
 */
import type { Progress } from '@curvature-tuning/checks';
import { secondsLeft } from '@curvature-tuning/checks';
import type { ProbeRun } from '../probe/probeRun.js';
import type { SteerStep } from './steerTrials.js';

/**
 * What the progress callback hears, batch by batch; `phase` is `'steer'`, `done` and `total` count the images that go
 * through the network, over all betas that are to be computed.
 */
export interface SteerProgress extends Progress {
  /** After a beta, not after a batch. */
  step?: SteerStep | undefined;
  /** The best so far, undefined before the first. */
  best: SteerStep | undefined;
}

/** Whom to tell, and how the search goes. */
export interface ReportOptions {
  onProgress?: ((progress: SteerProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  protocol?: 'strict' | 'paper' | undefined;
}

/** Reports to `onProgress`, from the first batch on. */
export class SteerProgressReporter {
  private readonly options: ReportOptions;
  private readonly begin = performance.now();
  private done = 0;
  private total: number;
  private best: SteerStep | undefined;

  /** @param planned How many betas are computed, as far as can be told before. */
  constructor(run: ProbeRun, options: ReportOptions, planned: { calibrate: boolean; betas: number }) {
    this.options = options;
    const { features, calibration } = run.passes;
    const calibrated = features + calibration;
    const own = options.protocol === 'paper' ? 0 : planned.calibrate ? features + calibrated : features;
    this.total = own + planned.betas * (planned.calibrate ? calibrated : features);
    run.onImages = (images) => {
      this.done += images;
      this.report();
    };
  }

  /** Reports a beta that was tried. */
  step(step: SteerStep, best: SteerStep): void {
    this.best = best;
    this.report(step);
    this.options.signal?.throwIfAborted();
  }

  /** Reports the end: searches may turn out shorter than they were planned. */
  finish(): void {
    this.total = this.done;
    this.report();
  }

  private report(step?: SteerStep): void {
    // Searches may turn out longer than they were planned.
    this.total = Math.max(this.total, this.done);
    const { done, total, best } = this;
    const left = secondsLeft((performance.now() - this.begin) / 1000, done, total);
    const progress: SteerProgress = { phase: 'steer', done, total, secondsLeft: left, best };
    this.options.onProgress?.(step === undefined ? progress : { ...progress, step });
  }
}
