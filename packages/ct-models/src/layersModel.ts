/**
 * What a function of this package takes for a model.
 */
import type { Schema } from '@curvature-tuning/checks';
import { matching } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A model of tfjs-layers, whichever copy of it made the model. */
export const layersModel: Schema<LayersModel> = matching((value): value is LayersModel => isLayersModel(value), {
  expects: 'a model of tfjs-layers',
  cure: 'build one by resnet18 and its siblings, or await tf.loadLayersModel',
});

function isLayersModel(value: unknown): boolean {
  const { layers, getWeights, name } = (value ?? {}) as Partial<Record<'layers' | 'getWeights' | 'name', unknown>>;
  return Array.isArray(layers) && typeof getWeights === 'function' && typeof name === 'string';
}
