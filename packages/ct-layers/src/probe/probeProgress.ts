/**
 * How far a run over a frozen network is: it counts the images that go through the network, those that are read before
 * among them, and the heads that are fitted.
 */
import type { Progress } from '@curvature-tuning/checks';
import { secondsLeft } from '@curvature-tuning/checks';

/** Counts what a run does, and tells of it, from the start on. */
export class ProbeProgress {
  private readonly phase: string;
  private readonly tell: ((progress: Progress) => void) | undefined;
  private done = 0;
  /** Null until there is a plan: nobody knows how many images a stream has. */
  private total: number | null = null;
  /** Where the pace is measured from: images are read at another than they are computed at. */
  private from = { done: 0, time: performance.now() };

  constructor(phase: string, tell: ((progress: Progress) => void) | undefined) {
    this.phase = phase;
    this.tell = tell;
    this.report();
  }

  /** Says how much is still to be done, as far as that is known now. */
  plan(left: number): void {
    if (this.total === null) this.from = { done: this.done, time: performance.now() };
    this.total = this.done + left;
  }

  /** Says that more is to be done than was planned. */
  planMore(units: number): void {
    if (this.total !== null) this.total += units;
  }

  /** Counts images, or heads, and tells of it; without any, tells that the run goes on. */
  readonly count = (units: number = 0): void => {
    this.done += units;
    if (this.total !== null) this.total = Math.max(this.total, this.done);
    this.report();
  };

  /** Reports the end: searches may turn out shorter than they were planned. */
  finish(): void {
    this.total = this.done;
    this.report();
  }

  private report(): void {
    const { phase, done, total, from } = this;
    const seconds = (performance.now() - from.time) / 1000;
    const left = total === null ? null : secondsLeft(seconds, done - from.done, total - from.done);
    this.tell?.({ phase, done, total, secondsLeft: left });
  }
}
