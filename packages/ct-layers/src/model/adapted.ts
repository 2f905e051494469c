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
