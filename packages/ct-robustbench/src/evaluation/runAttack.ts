/**
 * Attacks by name.
 */
import { apgd } from '../attacks/apgd.js';
import { apgdTargeted } from '../attacks/apgdTargeted.js';
import type { AttackBatch, AttackContext, AttackOutcome } from '../attacks/attackBatch.js';
import { fab } from '../attacks/fab.js';
import { fgsm, pgd } from '../attacks/pgd.js';
import { square } from '../attacks/square/square.js';
import type { AttackName, PlannedSettings } from './versions.js';

/** Runs one attack on a batch of correctly classified images. */
export function runAttack(
  name: AttackName,
  context: AttackContext,
  batch: AttackBatch,
  settings: PlannedSettings,
): Promise<AttackOutcome> {
  switch (name) {
    case 'fgsm':
      return fgsm(context, batch);
    case 'pgd':
      return pgd(context, batch, settings.pgd);
    case 'apgd-ce':
      return apgd(context, batch, { name, loss: 'ce' }, settings[name]);
    case 'apgd-dlr':
      return apgd(context, batch, { name, loss: 'dlr' }, settings[name]);
    case 'apgd-t':
      return apgdTargeted(context, batch, settings[name]);
    case 'fab':
      return fab(context, batch, false, settings[name]);
    case 'fab-t':
      return fab(context, batch, true, settings[name]);
    case 'square':
      return square(context, batch, settings[name]);
  }
}
