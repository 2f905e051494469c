/**
 * The attacks of the cells on robustness, from short to AutoAttack's.
 */
import { bitsOf } from '@curvature-tuning/cli/cells';
import { autoAttack } from '@curvature-tuning/robustbench';
import type { AutoAttackOptions, ImageFunction } from '@curvature-tuning/robustbench';
import type { Json } from '@curvature-tuning/sweep';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from './fitFromScratch.js';

/**
 * `choose`: one attack, short, which ranks networks; `quick`: three, shorter than AutoAttack's, whose four are
 * `standard`.
 */
export const ATTACKS: Record<
  'choose' | 'quick' | 'standard',
  Pick<AutoAttackOptions, 'version' | 'attacks' | 'settings'>
> = {
  choose: {
    version: 'custom',
    attacks: ['apgd-ce'],
    settings: { 'apgd-ce': { restarts: 1, iterations: 20 } },
  },
  quick: {
    version: 'custom',
    attacks: ['apgd-ce', 'apgd-t', 'square'],
    settings: {
      'apgd-ce': { restarts: 1, iterations: 50 },
      'apgd-t': { targets: 3, iterations: 50 },
      square: { queries: 500 },
    },
  },
  standard: { version: 'standard' },
};

/** Attacks a network, and tells what withstands; the adversarial images are not kept. */
export async function attack(
  model: ImageFunction | tf.LayersModel,
  images: Images,
  options: AutoAttackOptions,
): Promise<{ [key: string]: Json }> {
  const { accuracyAfter, robust, robustAccuracy, cleanAccuracy, adversarial } = await autoAttack(
    model,
    images,
    options,
  );
  adversarial.dispose();
  return {
    cleanAccuracy,
    robustAccuracy,
    accuracyAfter: { ...accuracyAfter },
    robust: bitsOf(robust),
    images: robust.length,
  };
}
