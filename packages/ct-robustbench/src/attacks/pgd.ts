/**
 * FGSM and PGD: the classic attacks, quick and weaker than AutoAttack.
 */
import { count, flag, options, real } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { RandomStream } from '../data/randomStream.js';
import type { Ball, Norm } from '../geometry/norm.js';
import { lossGradient, predictedClass } from '../model/losses.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { gather, untouched } from './attackBatch.js';

/** Settings of PGD. */
export interface PgdSettings {
  /** Steps. Default: 20. */
  iterations?: number | undefined;
  /** Length of a step, in the units of eps. Default: 2.5 · eps / iterations. */
  stepSize?: number | undefined;
  /** Whether to begin at a random point of the ball. Default: true. */
  randomStart?: boolean | undefined;
}

export const pgdSettings: Schema<PgdSettings> = options<PgdSettings>({
  iterations: count,
  stepSize: real({ above: 0 }),
  randomStart: flag,
});

/**
 * PGD on the cross-entropy, Linf or L2:
 *
 *     x ← Π(x + η·sign(g))  (Linf)        x ← Π(x + η·g/‖g‖₂)  (L2)
 *
 * with Π the projection onto the ball of radius eps, then onto the pixel range. An image counts as fooled if any of
 * the points, the last included, is misclassified.
 *
 * Not for L1, where a step along the dense gradient is a poor attack.
 *
 * Source: Madry et al. 2018, arXiv 1706.06083.
 */
export async function pgd(
  context: AttackContext,
  batch: AttackBatch,
  { iterations = 20, stepSize = (2.5 * context.eps) / iterations, randomStart = true }: PgdSettings,
): Promise<AttackOutcome> {
  const { seed, model } = context;
  const { size } = model;
  const outcome = untouched(batch, size);
  const current = batch.images.slice(0, batch.count * size);
  if (randomStart) {
    for (let row = 0; row < batch.count; row++)
      randomPoint(
        context,
        current.subarray(row * size, (row + 1) * size),
        new RandomStream(seed, 'pgd', batch.ids[row]!),
      );
  }
  let active = Int32Array.from({ length: batch.count }, (_, row) => row);
  for (let iteration = 0; ; iteration++) {
    if (context.stopEarly) active = active.filter((row) => outcome.fooled[row] === 0);
    if (active.length === 0) break;
    const points = gather(current, active, size);
    const labels = active.map((row) => batch.labels[row]!);
    const gradient = new Float32Array(points.length);
    const last = iteration === iterations;
    const { data, classes } = await (last
      ? model.logits(points, active.length)
      : model.gradient(points, active.length, lossGradient('ce', labels, undefined), gradient));
    active.forEach((row, i) => {
      const from = row * size;
      // The clean image itself is known to be classified correctly.
      if (predictedClass(data, i * classes, classes) !== labels[i]) {
        outcome.fooled[row] = 1;
        outcome.adversarial.set(current.subarray(from, from + size), from);
      }
      if (last) return;
      const g = gradient.subarray(i * size, (i + 1) * size);
      step(context, batch.images.subarray(from, from + size), current.subarray(from, from + size), { g, stepSize });
    });
    if (last) break;
  }
  return outcome;
}

/**
 * FGSM: one step of length eps from the clean image, in the norm's steepest direction:
 * eps·sign(g) (Linf), eps·g/‖g‖₂ (L2), eps on the pixel with the largest |gᵢ| (L1).
 *
 * Source: Goodfellow et al. 2015, arXiv 1412.6572.
 */
export async function fgsm(context: AttackContext, batch: AttackBatch): Promise<AttackOutcome> {
  const { eps, model } = context;
  const { size } = model;
  const outcome = untouched(batch, size);
  if (batch.count === 0) return outcome;
  const gradient = new Float32Array(batch.count * size);
  await model.gradient(batch.images, batch.count, lossGradient('ce', batch.labels, undefined), gradient);
  const current = batch.images.slice(0, batch.count * size);
  for (let from = 0; from < current.length; from += size) {
    const [x, point, g] = [batch.images, current, gradient].map((all) => all.subarray(from, from + size));
    step(context, x!, point!, { g: g!, stepSize: eps });
  }
  const { data, classes } = await model.logits(current, batch.count);
  for (let row = 0; row < batch.count; row++) {
    if (predictedClass(data, row * classes, classes) === batch.labels[row]) continue;
    outcome.fooled[row] = 1;
    outcome.adversarial.set(current.subarray(row * size, (row + 1) * size), row * size);
  }
  return outcome;
}

/** Moves a point along the gradient `g`, and back into the ball around `x` and the pixel range. */
function step(
  { norm, eps }: Ball,
  x: Float32Array,
  point: Float32Array,
  { g, stepSize }: { readonly g: Float32Array; readonly stepSize: number },
): void {
  const direction = steepest(norm, g);
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (point[i]! + stepSize * direction(i) - x[i]!) ** 2;
  const shrink = norm === 'L2' && squares > eps * eps ? eps / Math.sqrt(squares) : 1;
  for (let i = 0; i < x.length; i++) {
    const clean = x[i]!;
    const delta = (point[i]! + stepSize * direction(i) - clean) * shrink;
    point[i] = Math.min(Math.max(clean + Math.min(Math.max(delta, -eps), eps), 0), 1);
  }
}

function steepest(norm: Norm, g: Float32Array): (i: number) => number {
  if (norm === 'Linf') return (i) => Math.sign(g[i]!);
  let squares = 0;
  let peak = 0;
  for (let i = 0; i < g.length; i++) {
    squares += g[i]! ** 2;
    if (Math.abs(g[i]!) > Math.abs(g[peak]!)) peak = i;
  }
  if (norm === 'L1') return (i) => (i === peak ? Math.sign(g[i]!) : 0);
  const length = Math.sqrt(squares) + 1e-12;
  return (i) => g[i]! / length;
}

/** Moves a clean image to a random point of the ball. */
function randomPoint({ norm, eps }: Ball, point: Float32Array, random: RandomStream): void {
  const noise = Float64Array.from(point, () => (norm === 'Linf' ? 2 * random.uniform() - 1 : random.normal()));
  const length = norm === 'L2' ? Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0)) : 1;
  // Uniform in the ball: the radius of an L2 ball grows with a root of the dimension.
  const scale = norm === 'L2' ? (eps * random.uniform() ** (1 / point.length)) / length : eps;
  for (let i = 0; i < point.length; i++) point[i] = Math.min(Math.max(point[i]! + scale * noise[i]!, 0), 1);
}
