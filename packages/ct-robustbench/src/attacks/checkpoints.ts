/**
 * APGD's rule for the step size: at checkpoints that come ever closer, images whose loss no longer rises get half the
 * step and go back to their best point. In L1 the checkpoints are equidistant and adapt the sparsity of steps too.
 */
import type { Norm } from '../geometry/norm.js';

interface Schedule {
  iterations: number;
  scheduleIterations: number;
  eps: number;
  rho: number;
  continues: boolean;
}

interface Points {
  x: Float32Array;
  start: Float32Array;
  count: number;
  size: number;
}

/** L1: a step size shrinks by this factor, and to a tenth of eps at most. */
const L1_REDUCTION = 1.5;
const L1_LEAST = 10;

/** The checkpoints of one run, and what each image does at them. */
export class Checkpoints {
  /** L1: the share of pixels that each image's next step moves. */
  readonly density: Float64Array;
  private period: number;
  private readonly leastPeriod: number;
  private readonly decrease: number;
  private sinceLast = 0;
  private readonly losses: Float64Array[] = [];
  private readonly bestAtLast: Float64Array;
  private readonly reducedAtLast: Uint8Array;
  private readonly changedAtLast: Float64Array;
  private readonly norm: Norm;
  private readonly schedule: Schedule;
  private readonly points: Points;

  constructor(norm: Norm, schedule: Schedule, points: Points) {
    const { iterations, scheduleIterations, continues } = schedule;
    const { count, size } = points;
    this.norm = norm;
    this.schedule = schedule;
    this.points = points;
    // Steps between checkpoints: 22 % of all, then 3 % fewer each time, 6 % at least.
    this.period = Math.max(Math.trunc(norm === 'L1' ? 0.04 * iterations : 0.22 * scheduleIterations), 1);
    this.leastPeriod = Math.max(Math.trunc(0.06 * scheduleIterations), 1);
    this.decrease = Math.max(Math.trunc(0.03 * scheduleIterations), 1);
    this.bestAtLast = new Float64Array(count);
    this.reducedAtLast = new Uint8Array(count).fill(1);
    this.changedAtLast = Float64Array.from({ length: count }, (_, row) =>
      norm === 'L1' && continues ? this.changed(points.start, row) : size,
    );
    this.density = this.changedAtLast.map((changed) => (continues ? changed / size / 1.5 : 0.2));
  }

  /** Takes the losses at the starting points. */
  begin(losses: Float64Array): void {
    this.bestAtLast.set(losses);
  }

  /** The losses after a step. */
  record(losses: Float64Array): void {
    this.losses.push(losses);
    this.sinceLast++;
  }

  /** Whether a checkpoint is reached. */
  due(): boolean {
    return this.sinceLast === this.period;
  }

  /** Adapts one image's step at a checkpoint; true when it must go back to its best point. */
  adapt(row: number, best: Float32Array, bestLoss: Float64Array, stepSizes: Float64Array): boolean {
    return this.norm === 'L1' ? this.adaptSparsity(row, best, stepSizes) : this.halve(row, bestLoss[row]!, stepSizes);
  }

  /** Starts the way to the next checkpoint. */
  next(): void {
    this.sinceLast = 0;
    if (this.norm !== 'L1') this.period = Math.max(this.period - this.decrease, this.leastPeriod);
  }

  private halve(row: number, bestLoss: number, stepSizes: Float64Array): boolean {
    let rises = 0;
    for (let back = 0; back < this.period; back++) {
      const at = this.losses.length - 1 - back;
      // Before the first step the original's list of losses holds 0, and so it does here.
      if (this.losses[at]![row]! > (at === 0 ? 0 : this.losses[at - 1]![row]!)) rises++;
    }
    const stalls = rises <= this.period * this.schedule.rho;
    const noGain = this.reducedAtLast[row] === 0 && this.bestAtLast[row]! >= bestLoss;
    const reduce = stalls || noGain;
    this.reducedAtLast[row] = reduce ? 1 : 0;
    this.bestAtLast[row] = bestLoss;
    if (reduce) stepSizes[row]! /= 2;
    return reduce;
  }

  private adaptSparsity(row: number, best: Float32Array, stepSizes: Float64Array): boolean {
    const { eps } = this.schedule;
    const changed = this.changed(best, row);
    const sparser = changed / this.changedAtLast[row]! < 0.95;
    this.density[row] = changed / this.points.size / 1.5;
    stepSizes[row] = Math.min(Math.max(sparser ? eps : stepSizes[row]! / L1_REDUCTION, eps / L1_LEAST), eps);
    this.changedAtLast[row] = changed;
    return sparser;
  }

  /** The number of pixel values in which a point differs from the clean image. */
  private changed(points: Float32Array, row: number): number {
    const { x, size } = this.points;
    let count = 0;
    for (let i = row * size; i < (row + 1) * size; i++) if (points[i] !== x[i]) count++;
    return count;
  }
}
