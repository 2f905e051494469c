import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** A weight's name within its layer; tfjs puts the layer's before it. */
export function nameOf(weight: LayerVariable): string {
  return weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
}
