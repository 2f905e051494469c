/**
 * Builds a model from the configuration of another, rewritten or not, and lets it share the other's weights.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { CTActivation } from './ctActivation.js';
import type { ContainerConfig, LayerEntry } from './modelConfig.js';
import { configOf, innerConfig, innerModel, withInnerConfig } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { inheritSite } from './siteRecord.js';
import { nameOf } from './weightName.js';

/** A copy of a model that shares its weight buffers and may be disposed of independently. */
export function copyModel(model: LayersModel): LayersModel {
  checkLayersModel('copyModel', model);
  return rebuild(model, configOf(model));
}

/**
 * A copy of a model with some of its layers changed: `change` gets each leaf layer, its path (`outer/inner`) and its
 * configuration, and returns the configuration of the layer that takes its place under the same name.
 *
 * The copy shares the weight buffers of the original, weight by weight of the same layer and name, until either is
 * written; weights that only the copy has are zeros. Nested, shared and wrapped layers stay nested, shared and wrapped;
 * a `TimeDistributed` layer is one leaf.
 */
export function rewriteLayers(model: LayersModel, change: (layer: layers.Layer, path: string, entry: LayerEntry) => LayerEntry): LayersModel {
  checkLayersModel('rewriteLayers', model);
  const rewrite = (owner: LayersModel, config: ContainerConfig, path: string): ContainerConfig => ({
    ...config,
    layers: config.layers.map((entry) => {
      const layer = owner.getLayer(entry.config.name);
      const inner = innerModel(layer);
      return inner === undefined ? change(layer, path + layer.name, entry) : withInnerConfig(entry, rewrite(inner, innerConfig(entry), `${path}${layer.name}/`));
    }),
  });
  return rebuild(model, rewrite(model, configOf(model), ''));
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
    else if (original !== undefined && original.weights.length > 0) takeWeights(layer, original);
  }
}

/**
 * By name, where names are unique: tfjs orders the weights of a layer by what is trainable, and a rewritten layer may
 * have more or fewer of them. What only the new layer has keeps its initial value. Else in order.
 */
function takeWeights(layer: layers.Layer, original: layers.Layer): void {
  const byName = new Map(original.weights.map((weight) => [nameOf(weight), weight.read()]));
  const names = new Set(layer.weights.map(nameOf));
  if (byName.size < original.weights.length || names.size < layer.weights.length) layer.setWeights(original.getWeights());
  else layer.setWeights(layer.weights.map((weight) => byName.get(nameOf(weight)) ?? weight.read()));
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
