import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';

/** A weight's name within its layer; tfjs puts the layer's before it. */
export function nameOf(weight: LayerVariable): string {
  return weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
}

/** The weights of a layer by name; tfjs has those first that are trainable at the time. */
export function weightsByName(layer: layers.Layer): LayerVariable[] {
  return [...layer.weights].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))));
}
