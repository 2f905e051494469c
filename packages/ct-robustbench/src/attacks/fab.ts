/**
 * FAB: walks to the decision boundary and along it to the adversarial point nearest to the clean image.
 */
import { count, options } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { rankedClasses } from '../model/losses.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { runVariants, untouched } from './attackBatch.js';
import { FabRun } from './fabRun.js';

/** Settings of FAB and FAB-T. */
export interface FabSettings {
  /** Steps of a run. Default: 100. */
  iterations?: number | undefined;
  /** Runs; all but the first begin at random points. Default: 1. */
  restarts?: number | undefined;
  /** FAB-T: how many classes are tried, from the second likeliest on. Default: 9, or all that there are. */
  targets?: number | undefined;
}

export const fabTargetedSettings: Schema<FabSettings> = options<FabSettings>({
  iterations: count,
  restarts: count,
  targets: count,
});
export const fabSettings: Schema<Omit<FabSettings, 'targets'>> = options<Omit<FabSettings, 'targets'>>({
  iterations: count,
  restarts: count,
});

/**
 * FAB towards whichever class is nearest (`targeted` false), or FAB-T towards one class after another.
 *
 * FAB minimises the norm; an image counts as fooled when what it found lies within eps.
 *
 * Source: Croce & Hein 2020, arXiv 1907.02044.
 */
export async function fab(
  context: AttackContext,
  batch: AttackBatch,
  targeted: boolean,
  { iterations = 100, restarts = 1, targets: wanted = 9 }: FabSettings,
): Promise<AttackOutcome> {
  const { size } = context.model;
  if (batch.count === 0) return untouched(batch, size);
  const { data, classes } = await context.model.logits(batch.images, batch.count);
  const ranked = Array.from(batch.labels, (_, row) => rankedClasses(data, row * classes, classes));
  const targetCount = targeted ? Math.min(wanted, classes - 1) : 1;
  return runVariants(batch, size, targetCount * restarts, (part) => {
    const targets = targeted
      ? Int32Array.from(part.groups!, (row, i) => ranked[row]![1 + Math.floor(part.variants![i]! / restarts)]!)
      : undefined;
    const run = new FabRun(context, part, targets, classes);
    // The first run of each target begins at the image itself.
    run.startAtRandom(targeted ? 'fab-t' : 'fab', (variant) => variant % restarts > 0);
    return run.finish(iterations);
  });
}
