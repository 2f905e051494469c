import type { Entries } from '@curvature-tuning/checks';
import { check, matching } from '@curvature-tuning/checks';
import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';

export const nameOfArguments: Entries<{ weight: LayerVariable }> = {
  weight: matching(
    (value): value is LayerVariable => typeof (value as Partial<LayerVariable> | null)?.originalName === 'string',
    { expects: 'a weight of a layer, as layer.weights has them' },
  ),
};

/** A weight's name within its layer; tfjs puts the layer's before it. */
export function nameOf(weight: LayerVariable): string {
  check('nameOf', nameOfArguments, { weight });
  return weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
}

/** The weights of a layer by name; tfjs has those first that are trainable at the time. */
export function weightsByName(layer: layers.Layer): LayerVariable[] {
  return [...layer.weights].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))));
}
