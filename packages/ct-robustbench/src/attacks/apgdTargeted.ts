/**
 * APGD-T: APGD on the targeted DLR loss, towards one class after another.
 */
import { count, options } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { rankedClasses } from '../model/losses.js';
import type { ApgdSettings } from './apgd.js';
import { apgdFromRandom, apgdSettingEntries } from './apgd.js';
import type { AttackBatch, AttackContext, AttackOutcome } from './attackBatch.js';
import { runVariants, untouched } from './attackBatch.js';

/** Settings of APGD-T. */
export interface ApgdTargetedSettings extends ApgdSettings {
  /** How many classes are tried, from the second likeliest on. Default: 9, or all that there are. */
  targets?: number | undefined;
}

export const apgdTargetedSettings: Schema<ApgdTargetedSettings> = options<ApgdTargetedSettings>({
  ...apgdSettingEntries,
  targets: count,
});

/**
 * The attack: the target of round r is the class with the r-th largest logit on the clean image.
 *
 * @throws RangeError when the model has fewer than 4 classes, which the loss needs.
 */
export async function apgdTargeted(
  context: AttackContext,
  batch: AttackBatch,
  settings: ApgdTargetedSettings,
): Promise<AttackOutcome> {
  const { size } = context.model;
  const { restarts = 1, targets: wanted = 9 } = settings;
  if (batch.count === 0) return untouched(batch, size);
  const { data, classes } = await context.model.logits(batch.images, batch.count);
  if (classes < 4)
    throw new RangeError(
      `autoAttack: apgd-t: the targeted DLR loss needs at least 4 classes, got ${classes}; use version 'custom' ` +
        'without apgd-t',
    );
  const ranked = Array.from(batch.labels, (_, row) => rankedClasses(data, row * classes, classes));
  return runVariants(batch, size, Math.min(wanted, classes - 1) * restarts, (part) => {
    const targets = Int32Array.from(
      part.groups!,
      (row, i) => ranked[row]![1 + Math.floor(part.variants![i]! / restarts)]!,
    );
    return apgdFromRandom(context, part, { name: 'apgd-t', loss: 'dlr-targeted', targets }, settings);
  });
}
