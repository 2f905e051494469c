/**
 * What adapting a network to other data comes to, whatever the method.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, objectWith, real, unitInterval } from '@curvature-tuning/checks';
import type { layers as layersNamespace, LayersModel } from '@tensorflow/tfjs-layers';

/** How well a state of a network does on the validation examples. */
export interface Validated {
  /** Share that is classified correctly, in [0, 1]. */
  validationAccuracy: number;
  /** Mean cross-entropy in nats. */
  validationLoss: number;
}

/** What is known of every step of an adaptation, be it an epoch or a beta. */
export type AdaptationStep = Validated;

/**
 * A network adapted to other data: what probing, steering, tuning, LoRA and the methods of a comparison all give, and
 * extend.
 */
export interface Adapted<Step extends AdaptationStep = AdaptationStep> extends Validated {
  /** From images to logits. */
  classifier: LayersModel;
  /** The classifier's last layer: Dense, linear, `[features, classes]` and `[classes]`. */
  head: layersNamespace.Layer;
  /** Numbers that were trained, tied ones counted once; without the head, and all. */
  parameters: { withoutHead: number; total: number };
  /** What was tried on the way, in order. */
  history: readonly Step[];
  /** Frees the classifier; the model that was given is not touched. */
  dispose: () => void;
}

const validated = objectWith<Validated>({ validationAccuracy: unitInterval, validationLoss: real() }, [
  'validationAccuracy',
  'validationLoss',
]);

export const validatesBetterArguments: Entries<{ a: Validated; b: Validated }> = { a: validated, b: validated };

/** Whether `a` validates better than `b`: a few hundred examples tie easily, and the loss then decides. */
export function validatesBetter(a: Validated, b: Validated): boolean {
  check('validatesBetter', validatesBetterArguments, { a, b });
  return (
    a.validationAccuracy > b.validationAccuracy ||
    (a.validationAccuracy === b.validationAccuracy && a.validationLoss < b.validationLoss)
  );
}

/** A gain of so many standard errors of an accuracy counts whatever the loss says: chance alone gives it in 2 %. */
const CLEAR_GAIN = 2;

/**
 * Whether `a` may take the place of `b`, which has been there before: it validates better, and either by more than two
 * standard errors of b's accuracy over so many examples, or with no larger a loss. Of many candidates on few examples
 * the most accurate is often the luckiest, and the loss, which is less noisy, tells.
 */
export function supersedes(a: Validated, b: Validated, examples: number): boolean {
  const standardError = Math.sqrt((b.validationAccuracy * (1 - b.validationAccuracy)) / examples);
  return (
    validatesBetter(a, b) &&
    (a.validationLoss <= b.validationLoss || a.validationAccuracy - b.validationAccuracy > CLEAR_GAIN * standardError)
  );
}
