/**
 * One run of APGD from a given point: the loop, and the rule that adapts the step size.
 */
import type { Logits } from '../model/attackedModel.js';
import type { LossName } from '../model/losses.js';
import { lossGradient, lossValue, predictedClass } from '../model/losses.js';
import { apgdStep } from './apgdStep.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { gather, unfooled } from './attackBatch.js';
import { Checkpoints } from './checkpoints.js';

/** What one run is given. */
export interface ApgdRunSettings {
  loss: LossName;
  targets: Int32Array | undefined;
  iterations: number;
  /** The radius of this run; the larger balls of L1 differ from the threat's. */
  eps: number;
  eotIterations: number;
  rho: number;
  /** Starting points; clipped to the pixel range. */
  start: Float32Array;
  /** The iterations that checkpoints are laid out for. */
  scheduleIterations: number;
  /** L1: whether `start` is where an earlier run got, whose sparsity is taken over. */
  continues: boolean;
}

/** A run: made of where it starts, and finished once. */
export class ApgdRun {
  /** The points of highest loss. */
  readonly best: Float32Array;
  readonly bestLoss: Float64Array;
  /** Step sizes as they stand; `stepSizes[row]`. */
  readonly stepSizes: Float64Array;
  private readonly current: Float32Array;
  private readonly previous: Float32Array;
  private readonly gradient: Float32Array;
  private readonly bestGradient: Float32Array;
  private readonly outcome: AttackOutcome;
  /** Rows that are still attacked. */
  private active: Int32Array;
  private readonly points: Float32Array;
  private readonly gradients: Float32Array;
  private readonly context: AttackContext;
  private readonly batch: AttackBatch;
  private readonly settings: ApgdRunSettings;

  constructor(context: AttackContext, batch: AttackBatch, settings: ApgdRunSettings) {
    this.context = context;
    this.batch = batch;
    this.settings = settings;
    const { count } = batch;
    const length = count * context.model.size;
    this.current = settings.start.map((value) => Math.min(Math.max(value, 0), 1));
    this.previous = this.current.slice();
    this.best = this.current.slice();
    this.gradient = new Float32Array(length);
    this.bestGradient = new Float32Array(length);
    this.bestLoss = new Float64Array(count).fill(-Infinity);
    this.stepSizes = new Float64Array(count).fill((context.norm === 'L1' ? 1 : 2) * settings.eps);
    this.outcome = { adversarial: batch.images.slice(0, length), fooled: new Uint8Array(count) };
    this.active = Int32Array.from({ length: count }, (_, row) => row);
    this.points = new Float32Array(length);
    this.gradients = new Float32Array(length);
  }

  /** Runs to the end, or until every image is fooled if that is enough. */
  async finish(stopEarly: boolean): Promise<AttackOutcome> {
    const { context, batch, settings } = this;
    const { size } = context.model;
    const checkpoints = new Checkpoints(context.norm, settings, {
      x: batch.images,
      start: this.current,
      count: batch.count,
      size,
    });
    checkpoints.begin(await this.evaluate());
    if (settings.loss !== 'ce') this.checkGradients();
    const ball = { norm: context.norm, eps: settings.eps };
    const arrays = { x: batch.images, current: this.current, previous: this.previous, gradient: this.gradient };
    for (let iteration = 0; iteration < settings.iterations; iteration++) {
      if (stopEarly) this.active = unfooled(batch, this.active, (row) => this.outcome.fooled[row] === 1);
      if (this.active.length === 0) break;
      for (const row of this.active)
        apgdStep(
          ball,
          arrays,
          { offset: row * size, size },
          {
            stepSize: this.stepSizes[row]!,
            isFirst: iteration === 0,
            density: checkpoints.density[row]!,
          },
        );
      checkpoints.record(await this.evaluate());
      if (checkpoints.due()) {
        for (const row of this.active)
          if (checkpoints.adapt(row, this.best, this.bestLoss, this.stepSizes)) this.returnToBest(row);
        checkpoints.next();
      }
    }
    return this.outcome;
  }

  /** Losses at the current points; updates gradients, best points and who is fooled. */
  private async evaluate(): Promise<Float64Array> {
    const {
      active,
      batch,
      context: { model },
      settings,
    } = this;
    const { size } = model;
    const points = gather(this.current, active, size, this.points.subarray(0, active.length * size));
    const labels = active.map((row) => batch.labels[row]!);
    const targets = settings.targets && active.map((row) => settings.targets![row]!);
    const sum = this.gradients.subarray(0, active.length * size);
    const logits = await this.averagedGradient(points, labels, targets, sum);
    const losses = new Float64Array(batch.count).fill(NaN);
    active.forEach((row, i) => {
      const offset = i * logits.classes;
      const loss = lossValue(
        settings.loss,
        logits.data.subarray(offset, offset + logits.classes),
        labels[i]!,
        targets?.[i] ?? -1,
      );
      losses[row] = loss;
      const from = row * size;
      this.gradient.set(sum.subarray(i * size, (i + 1) * size), from);
      if (predictedClass(logits.data, offset, logits.classes) !== labels[i]) {
        this.outcome.fooled[row] = 1;
        this.outcome.adversarial.set(points.subarray(i * size, (i + 1) * size), from);
      }
      if (loss > this.bestLoss[row]!) {
        this.bestLoss[row] = loss;
        this.best.set(points.subarray(i * size, (i + 1) * size), from);
        this.bestGradient.set(this.gradient.subarray(from, from + size), from);
      }
    });
    return losses;
  }

  private async averagedGradient(
    points: Float32Array,
    labels: Int32Array,
    targets: Int32Array | undefined,
    sum: Float32Array,
  ): Promise<Logits> {
    const { model } = this.context;
    const direction = lossGradient(this.settings.loss, labels, targets);
    let logits = await model.gradient(points, labels.length, direction, sum);
    if (this.settings.eotIterations > 1) {
      const one = new Float32Array(sum.length);
      for (let draw = 1; draw < this.settings.eotIterations; draw++) {
        logits = await model.gradient(points, labels.length, direction, one);
        for (let i = 0; i < sum.length; i++) sum[i]! += one[i]!;
      }
      // Division by the number of draws would change nothing: every step uses the gradient's direction alone.
    }
    let broken = false;
    for (let i = 0; i < sum.length; i++) {
      if (!Number.isFinite(sum[i])) {
        sum[i] = 0;
        broken = true;
      }
    }
    if (broken) this.context.warn('non-finite', 'some input gradients are NaN or infinite; they were taken as 0');
    return logits;
  }

  private returnToBest(row: number): void {
    const { size } = this.context.model;
    const from = row * size;
    this.current.set(this.best.subarray(from, from + size), from);
    this.gradient.set(this.bestGradient.subarray(from, from + size), from);
  }

  /**
   * DLR is constant, and its gradient zero, where the label is third: only images still classified correctly speak of
   * masking.
   */
  private checkGradients(): void {
    const { size } = this.context.model;
    const correct = this.active.filter((row) => this.outcome.fooled[row] === 0);
    const zeros = correct.filter((row) =>
      this.gradient.subarray(row * size, (row + 1) * size).every((g) => g === 0),
    ).length;
    if (zeros > 0)
      this.context.warn(
        'zero-gradient',
        `${zeros} of ${correct.length} images have a gradient of zero at the start of APGD; attacks by ` +
          'gradients may then overrate the model',
      );
  }
}
