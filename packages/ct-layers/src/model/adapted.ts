/**
 * What adapting a network to other data comes to, whatever the method.
 */
import type { layers as layersNamespace, LayersModel } from '@tensorflow/tfjs-layers';

/** What is known of every step of an adaptation, be it an epoch or a beta. */
export interface AdaptationStep {
  /** In [0, 1]. */
  validationAccuracy: number;
}

/**
 * A network adapted to other data: what probing, steering, tuning, LoRA and the methods of a comparison all give, and
 * extend.
 */
export interface Adapted<Step extends AdaptationStep = AdaptationStep> {
  /** From images to logits. */
  classifier: LayersModel;
  /** The classifier's last layer: Dense, linear, `[features, classes]` and `[classes]`. */
  head: layersNamespace.Layer;
  /** Share of the validation examples that are classified correctly, in [0, 1]; of what was kept. */
  validationAccuracy: number;
  /** Numbers that were trained, tied ones counted once; without the head, and all. */
  parameters: { withoutHead: number; total: number };
  /** What was tried on the way, in order. */
  history: readonly Step[];
  /** Frees the classifier; the model that was given is not touched. */
  dispose: () => void;
}
