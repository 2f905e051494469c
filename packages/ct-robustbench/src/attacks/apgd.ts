/**
 * Auto-PGD: projected gradient ascent with momentum, whose step size halves by itself where progress stalls.
 */
import { count, flag, options, unitInterval } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { RandomStream } from '../data/randomStream.js';
import { projectOntoL1Ball } from '../geometry/l1Projection.js';
import type { LossName } from '../model/losses.js';
import { ApgdRun } from './apgdRun.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { runVariants } from './attackBatch.js';

/** Settings of APGD. */
export interface ApgdSettings {
  /** Gradient steps of a run. Default: 100. */
  iterations?: number | undefined;
  /** Independent random starts. Default: 1. */
  restarts?: number | undefined;
  /** Gradients that are averaged for each step, for randomised models (expectation over transformation). Default: 1. */
  eotIterations?: number | undefined;
  /** ρ: a step size stays while the loss rose in more than this share of the steps. Default: 0.75. */
  rho?: number | undefined;
  /** L1 only: begin in balls of 3·eps and 2·eps (as AutoAttack does). Default: false. */
  largerEps?: boolean | undefined;
}

export const apgdSettingEntries: Entries<ApgdSettings> = {
  iterations: count,
  restarts: count,
  eotIterations: count,
  rho: unitInterval,
  largerEps: flag,
};
export const apgdSettings: Schema<ApgdSettings> = options<ApgdSettings>(apgdSettingEntries);

/** What a run climbs. */
export interface ApgdGoal {
  /** Names the random streams, beside the row's variant and image number. */
  readonly name: string;
  readonly loss: LossName;
  /** For the targeted loss: the class that each row is driven to. */
  readonly targets?: Int32Array | undefined;
}

/** APGD on one loss, with random restarts on the images that are left. */
export function apgd(
  context: AttackContext,
  batch: AttackBatch,
  goal: ApgdGoal & { readonly loss: Exclude<LossName, 'dlr-targeted'> },
  settings: ApgdSettings,
): Promise<AttackOutcome> {
  return runVariants(batch, context.model.size, settings.restarts ?? 1, (part) =>
    apgdFromRandom(context, part, goal, settings),
  );
}

/** One run from a random point for each row. */
export async function apgdFromRandom(
  context: AttackContext,
  batch: AttackBatch,
  { name, loss, targets }: ApgdGoal,
  { iterations = 100, largerEps = false, eotIterations = 1, rho = 0.75 }: ApgdSettings,
): Promise<AttackOutcome> {
  const growing = largerEps && context.norm === 'L1';
  const start = randomStart(context, batch, name, growing);
  const common = { loss, targets, scheduleIterations: iterations, eotIterations, rho };
  if (!growing)
    return new ApgdRun(context, batch, { ...common, iterations, eps: context.eps, start, continues: false }).finish(
      context.stopEarly,
    );

  const early = earlySteps(iterations);
  const stages: [number, number][] = [
    [3, early],
    [2, early],
    [1, iterations - 2 * early],
  ];
  let from = start;
  let outcome: AttackOutcome | undefined;
  for (const [factor, steps] of stages) {
    const eps = factor * context.eps;
    projectAll(batch, from, eps, context.model.size);
    const run = new ApgdRun(context, batch, { ...common, iterations: steps, eps, start: from, continues: true });
    outcome = await run.finish(factor === 1 && context.stopEarly);
    from = run.best;
  }
  return outcome!;
}

/**
 * With larger balls, 30 % of the steps are made in a ball of 3·eps, 30 % in one of 2·eps, the rest in the ball itself,
 * each from where the last got.
 */
export function earlySteps(iterations: number): number {
  return Math.ceil(0.3 * iterations);
}

/**
 * A random point of the ball: on its surface but for the pixel range. For L1 with larger balls: x plus noise, not
 * projected yet.
 */
function randomStart(
  { norm, eps, seed, model: { size } }: AttackContext,
  batch: AttackBatch,
  name: string,
  raw: boolean,
): Float32Array {
  const start = new Float32Array(batch.count * size);
  const noise = new Float64Array(size);
  for (let row = 0; row < batch.count; row++) {
    const random = new RandomStream(seed, name, batch.variants?.[row] ?? 0, batch.ids[row]!);
    let largest = 0;
    let squares = 0;
    for (let i = 0; i < size; i++) {
      noise[i] = norm === 'Linf' ? 2 * random.uniform() - 1 : random.normal();
      largest = Math.max(largest, Math.abs(noise[i]!));
      squares += noise[i]! ** 2;
    }
    const offset = row * size;
    if (norm === 'L1' && !raw) projectOntoL1Ball(batch.images, offset, noise, eps);
    const scale = norm === 'L1' ? 1 : eps / ((norm === 'Linf' ? largest : Math.sqrt(squares)) + 1e-12);
    for (let i = 0; i < size; i++) {
      const value = batch.images[offset + i]! + scale * noise[i]!;
      start[offset + i] = raw ? value : Math.min(Math.max(value, 0), 1);
    }
  }
  return start;
}

function projectAll({ images, count }: AttackBatch, points: Float32Array, eps: number, size: number): void {
  const delta = new Float64Array(size);
  for (let offset = 0; offset < count * size; offset += size) {
    for (let i = 0; i < size; i++) delta[i] = points[offset + i]! - images[offset + i]!;
    projectOntoL1Ball(images, offset, delta, eps);
    for (let i = 0; i < size; i++) points[offset + i] = images[offset + i]! + delta[i]!;
  }
}
