/**
 * One run of FAB: linearise the boundary, project onto it from the current point and from the clean image, step
 * between the two, and fall back towards the clean image whenever an adversarial point is found.
 */
import { RandomStream } from '../data/randomStream.js';
import { projectOntoHyperplane } from '../geometry/hyperplaneProjection.js';
import type { Norm } from '../geometry/norm.js';
import { distance } from '../geometry/norm.js';
import { logitDifferenceGradient, predictedClass } from '../model/losses.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { gather, unfooled, untouched } from './attackBatch.js';

/** The paper's α_max: how much of a step may come from the clean image. */
const ALPHA_MAX = 0.1;
/** The paper's η: steps overshoot the boundary by this factor. */
const OVERSHOOT = 1.05;
/** The paper's β: an adversarial point keeps this share of its distance to the clean image. */
const BACKWARD = 0.9;

/** A run of FAB: made of where it starts, and finished once. */
export class FabRun {
  /** The smallest norm found for each image; Infinity where nothing was found. */
  readonly norms: Float64Array;
  private readonly current: Float32Array;
  private readonly outcome: AttackOutcome;
  private active: Int32Array;
  private readonly fromCurrent: Float64Array;
  private readonly fromClean: Float64Array;
  private readonly context: AttackContext;
  private readonly batch: AttackBatch;
  private readonly targets: Int32Array | undefined;
  private readonly classes: number;

  /** @param targets The class that each image is driven to; undefined: whichever is nearest. */
  constructor(context: AttackContext, batch: AttackBatch, targets: Int32Array | undefined, classes: number) {
    this.context = context;
    this.batch = batch;
    this.targets = targets;
    this.classes = classes;
    const { size } = context.model;
    this.norms = new Float64Array(batch.count).fill(Infinity);
    this.current = batch.images.slice(0, batch.count * size);
    this.outcome = untouched(batch, size);
    this.active = Int32Array.from({ length: batch.count }, (_, row) => row);
    this.fromCurrent = new Float64Array(size);
    this.fromClean = new Float64Array(size);
  }

  /** Moves the images of some variants to a random point at half of eps; `name` names the random streams. */
  startAtRandom(name: string, moves: (variant: number) => boolean): void {
    const {
      norm,
      eps,
      seed,
      model: { size },
    } = this.context;
    const noise = new Float64Array(size);
    for (let row = 0; row < this.batch.count; row++) {
      const variant = this.batch.variants?.[row] ?? 0;
      if (!moves(variant)) continue;
      const random = new RandomStream(seed, name, variant, this.batch.ids[row]!);
      let measure = 0;
      for (let i = 0; i < size; i++) {
        noise[i] = norm === 'Linf' ? 2 * random.uniform() - 1 : random.normal();
        const a = Math.abs(noise[i]!);
        measure = norm === 'Linf' ? Math.max(measure, a) : measure + (norm === 'L2' ? a * a : a);
      }
      const scale = (eps * 0.5) / (norm === 'L2' ? Math.sqrt(measure) : measure);
      for (let i = 0; i < size; i++)
        this.current[row * size + i] = clip(this.batch.images[row * size + i]! + scale * noise[i]!);
    }
  }

  /** Runs to the end, or until every image is fooled within eps if that is enough. */
  async finish(iterations: number): Promise<AttackOutcome> {
    const { stopEarly, eps } = this.context;
    for (let iteration = 0; iteration < iterations; iteration++) {
      if (stopEarly) this.active = unfooled(this.batch, this.active, (row) => this.norms[row]! <= eps);
      if (this.active.length === 0) break;
      await this.step();
    }
    return this.outcome;
  }

  private async step(): Promise<void> {
    const { active, current, batch } = this;
    const { model, eps, norm } = this.context;
    const { size } = model;
    const points = gather(current, active, size);
    const { difference, gradient } = await this.boundary(points);
    active.forEach((row, i) => this.moveToBoundary(row, difference[i]!, gradient, i * size));
    const moved = gather(current, active, size, points);
    const { data, classes } = await model.logits(moved, active.length);
    active.forEach((row, i) => {
      if (predictedClass(data, i * classes, classes) === batch.labels[row]) return;
      const from = row * size;
      const length = distance(norm, current.subarray(from, from + size), batch.images.subarray(from, from + size));
      if (length < this.norms[row]!) {
        this.norms[row] = length;
        if (length <= eps || !this.context.stopEarly)
          this.outcome.adversarial.set(current.subarray(from, from + size), from);
        if (length <= eps) this.outcome.fooled[row] = 1;
      }
      for (let k = from; k < from + size; k++)
        current[k] = batch.images[k]! + (current[k]! - batch.images[k]!) * BACKWARD;
    });
  }

  /** The linear model of the boundary at each point: difference of logits and its gradient. */
  private async boundary(points: Float32Array): Promise<{ difference: Float64Array; gradient: Float32Array }> {
    const { active, batch } = this;
    const { model, norm } = this.context;
    const labels = active.map((row) => batch.labels[row]!);
    const gradient = new Float32Array(points.length);
    const difference = new Float64Array(active.length);
    if (this.targets !== undefined) {
      const targets = active.map((row) => this.targets![row]!);
      const { data, classes } = await model.gradient(
        points,
        active.length,
        logitDifferenceGradient(labels, targets),
        gradient,
      );
      active.forEach((_, i) => (difference[i] = data[i * classes + targets[i]!]! - data[i * classes + labels[i]!]!));
      return { difference, gradient };
    }
    // The nearest of all linearised boundaries: one backward pass for each other class.
    const nearest = new Float64Array(active.length).fill(Infinity);
    const one = new Float32Array(points.length);
    for (let shift = 1; shift < this.classes; shift++) {
      const targets = labels.map((label) => (label + shift) % this.classes);
      const { data, classes } = await model.gradient(
        points,
        active.length,
        logitDifferenceGradient(labels, targets),
        one,
      );
      active.forEach((_, i) => {
        const d = data[i * classes + targets[i]!]! - data[i * classes + labels[i]!]!;
        const from = i * model.size;
        const steps = Math.abs(d) / (1e-12 + dualNorm(norm, one, from, model.size));
        if (steps >= nearest[i]!) return;
        nearest[i] = steps;
        difference[i] = d;
        gradient.set(one.subarray(from, from + model.size), from);
      });
    }
    return { difference, gradient };
  }

  private moveToBoundary(row: number, difference: number, gradient: Float32Array, gradientOffset: number): void {
    const {
      norm,
      model: { size },
      warn,
    } = this.context;
    const {
      current,
      batch: { images },
      fromCurrent,
      fromClean,
    } = this;
    const from = row * size;
    let b = -difference;
    for (let i = 0; i < size; i++) b += gradient[gradientOffset + i]! * current[from + i]!;
    if (!Number.isFinite(b)) {
      warn('non-finite', 'some input gradients are NaN or infinite; FAB left those images where they were');
      return;
    }
    const boundary = { w: gradient.subarray(gradientOffset, gradientOffset + size), b };
    projectOntoHyperplane(norm, current.subarray(from, from + size), boundary, fromCurrent);
    projectOntoHyperplane(norm, images.subarray(from, from + size), boundary, fromClean);
    const near = Math.max(length(norm, fromCurrent), 1e-8);
    const far = Math.max(length(norm, fromClean), 1e-8);
    const alpha = Math.min(near / (near + far), ALPHA_MAX);
    for (let i = 0; i < size; i++) {
      const k = from + i;
      current[k] = clip(
        (current[k]! + OVERSHOOT * fromCurrent[i]!) * (1 - alpha) + (images[k]! + OVERSHOOT * fromClean[i]!) * alpha,
      );
    }
  }
}

/** The norm that measures gradients where steps are measured in `norm`. */
function dualNorm(norm: Norm, values: Float32Array, offset: number, size: number): number {
  return length(norm === 'Linf' ? 'L1' : norm === 'L1' ? 'Linf' : 'L2', values.subarray(offset, offset + size));
}

function length(norm: Norm, values: Float64Array | Float32Array): number {
  let sum = 0;
  let largest = 0;
  for (const value of values) {
    const a = Math.abs(value);
    if (norm === 'Linf') largest = Math.max(largest, a);
    else sum += norm === 'L2' ? a * a : a;
  }
  return norm === 'Linf' ? largest : norm === 'L2' ? Math.sqrt(sum) : sum;
}

function clip(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
