/**
 * What the numbers are that a classifier gives.
 */
import { check } from '@curvature-tuning/checks';
import type { OutputKind } from '@curvature-tuning/data';
import type { layers } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { modelArguments } from '../modelKind.js';

/**
 * What the output of a classifier is, told by its last layer: logits unless that has a softmax, or, of one column, a
 * sigmoid.
 */
export function outputKind(model: LayersModel): OutputKind {
  check('outputKind', modelArguments, { model });
  const columns = model.outputs[0]!.shape.at(-1);
  const activation = activationOf(scoreLayer(model));
  if (columns === 1) return activation === 'sigmoid' ? 'one probability' : 'one logit';
  return activation === 'softmax' ? 'probabilities' : 'logits';
}

/** The layer whose activation acts last, behind layers that only change shapes. */
export function scoreLayer(model: LayersModel): layers.Layer {
  let layer = model.outputs[0]!.sourceLayer;
  while (['Reshape', 'Flatten', 'Dropout'].includes(layer.getClassName()) && layer.inboundNodes.length === 1)
    layer = layer.inboundNodes[0]!.inputTensors[0]!.sourceLayer;
  return layer instanceof LayersModel ? scoreLayer(layer) : layer;
}

/** The name of a layer's activation; `'linear'` of one that has none. */
export function activationOf(layer: layers.Layer): string {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig() as { activation?: unknown };
  return typeof activation === 'string' ? activation : 'linear';
}
