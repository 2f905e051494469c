/**
 * How far a sweep is, and how long it will still take.
 */
import type { Progress } from '@curvature-tuning/checks';
import type { PlannedCell } from '../cell/sweep.js';
import { titleOfCell } from '../cell/cell.js';

/** A cell that is being run. */
export interface RunningCell {
  hash: string;
  title: string;
  /** Which share of it is done, in [0, 1]. */
  share: number;
}

/** What a sweep's progress callback hears; `done` and `total` count cells, done now or before. */
export interface SweepProgress extends Progress {
  readonly total: number;
  /** Cells that failed as often as they may. */
  failed: number;
  running: readonly RunningCell[];
}

/** Follows a sweep by the expected costs of its cells. */
export class SweepMeter {
  private readonly planned: readonly PlannedCell[];
  private readonly begun: number = performance.now();
  private readonly shares = new Map<string, number>();
  private before: number | undefined;

  constructor(planned: readonly PlannedCell[]) {
    this.planned = planned;
  }

  begin(hash: string): void {
    this.shares.set(hash, 0);
  }

  reach(hash: string, share: number): void {
    if (this.shares.has(hash)) this.shares.set(hash, Math.min(Math.max(share, 0), 1));
  }

  end(hash: string): void {
    this.shares.delete(hash);
  }

  /** What to tell, given which cells are done and which have failed for good. */
  progress(done: ReadonlySet<string>, failed: ReadonlySet<string>): SweepProgress {
    let [left, count, given] = [0, 0, 0];
    for (const { hash, cost } of this.planned) {
      if (done.has(hash)) count++;
      else if (failed.has(hash)) given++;
      else left += cost * (1 - (this.shares.get(hash) ?? 0));
    }
    this.before ??= left;
    const seconds = (performance.now() - this.begun) / 1000;
    const worked = this.before - left;
    return {
      phase: 'sweep',
      done: count,
      total: this.planned.length,
      failed: given,
      secondsLeft: left === 0 ? 0 : worked > 0 ? (seconds / worked) * left : null,
      running: this.planned
        .filter(({ hash }) => this.shares.has(hash))
        .map(({ hash, cell }) => ({ hash, title: titleOfCell(cell), share: this.shares.get(hash)! })),
    };
  }
}
