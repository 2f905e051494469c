/**
 * The head of a classifier.
 */
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

/** The last Dense layer at the top level of a model, if there is one and it is called once. */
export function headOf(model: LayersModel): layers.Layer | undefined {
  const dense = model.layers.findLast((layer) => layer.getClassName() === 'Dense');
  return dense?.inboundNodes.length === 1 ? dense : undefined;
}
