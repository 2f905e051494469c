import type { Entries } from '@curvature-tuning/checks';
import { check, matching } from '@curvature-tuning/checks';
import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';

export const weightNameArguments: Entries<{ weight: LayerVariable }> = {
  weight: matching(
    (value): value is LayerVariable => typeof (value as Partial<LayerVariable> | null)?.originalName === 'string',
    { expects: 'a weight of a layer, as layer.weights has them' },
  ),
};

/** A weight's name within its layer; tfjs puts the layer's before it. */
export function weightName(weight: LayerVariable): string {
  check('weightName', weightNameArguments, { weight });
  return weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
}

/** The weights of a layer by name; tfjs has those first that are trainable at the time. */
export function weightsByName(layer: layers.Layer): LayerVariable[] {
  return [...layer.weights].sort((a, b) =>
    weightName(a) < weightName(b) ? -1 : Number(weightName(a) > weightName(b)),
  );
}
