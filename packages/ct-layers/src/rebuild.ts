/**
 * Builds a model from the configuration of another, rewritten or not, and lets it share the other's weights.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { CTActivation } from './ctActivation.js';
import type { ContainerConfig } from './modelConfig.js';
import { configOf, innerModel } from './modelConfig.js';
import { inheritSite } from './siteRecord.js';

/** A copy of a model that shares its weight buffers and may be disposed of independently. */
export function copyModel(model: LayersModel): LayersModel {
  return rebuild(model, configOf(model));
}

/** Builds `config`; layers that `original` has under the same name share its weight buffers. */
export function rebuild(original: LayersModel, config: ContainerConfig): LayersModel {
  const Class = original instanceof Sequential ? Sequential : LayersModel;
  // The last argument: initialise weights with zeros, for they are replaced at once.
  const copy = Class.fromConfig(Class, config as unknown as serialization.ConfigDict, {}, true) as LayersModel;
  shareWeights(original, copy);
  releaseSurplusReferences(copy);
  return copy;
}

/** Lets the new model's weights point at the old model's buffers; tfjs counts the references. */
function shareWeights(from: LayersModel, to: LayersModel): void {
  const originals = new Map(from.layers.map((layer) => [layer.name, layer]));
  for (const layer of to.layers) {
    const original = originals.get(layer.name);
    const inner = innerModel(layer);
    if (layer instanceof CTActivation && original instanceof CTActivation) inheritSite(layer, original);
    if (layer instanceof CTActivation && !(original instanceof CTActivation)) layer.resetWeights();
    else if (inner !== undefined) shareWeights(innerModel(original!)!, inner);
    else if (original !== undefined && original.weights.length > 0) layer.setWeights(original.getWeights());
  }
}

/**
 * Leaves every layer with as many references as `model.dispose()` releases.
 *
 * tfjs counts one reference for each call of a layer, and one more for the construction of a nested model; on disposal
 * it releases one a layer, and in a functional model one more a nested model. The rest would leak.
 */
function releaseSurplusReferences(model: LayersModel): void {
  for (const layer of model.layers) {
    const isModel = layer instanceof LayersModel;
    const released = isModel && !(model instanceof Sequential) ? 2 : 1;
    for (let count = layer.inboundNodes.length; count > released; count--) layer.dispose();
    if (isModel) releaseSurplusReferences(layer);
  }
}
