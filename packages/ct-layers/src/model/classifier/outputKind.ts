/**
 * What the numbers are that a classifier gives.
 */
import type { OutputKind } from '@curvature-tuning/data';
import { LayersModel } from '@tensorflow/tfjs-layers';

/** What the output of a classifier is, told by its last layer. */
export function outputKind(model: LayersModel): OutputKind {
  const columns = model.outputs[0]!.shape.at(-1);
  const activation = lastActivation(model);
  if (columns === 1) return activation === 'sigmoid' ? 'one probability' : 'one logit';
  return activation === 'softmax' ? 'probabilities' : 'logits';
}

/** The name of the activation that acts last, behind layers that only change shapes. */
function lastActivation(model: LayersModel): string | undefined {
  let layer = model.outputs[0]!.sourceLayer;
  while (['Reshape', 'Flatten', 'Dropout'].includes(layer.getClassName()) && layer.inboundNodes.length === 1)
    layer = layer.inboundNodes[0]!.inputTensors[0]!.sourceLayer;
  if (layer instanceof LayersModel) return lastActivation(layer);
  const className = layer.getClassName();
  if (className === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig() as { activation?: unknown };
  return typeof activation === 'string' ? activation : undefined;
}
