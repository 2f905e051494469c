/**
 * Who disposes of which layer.
 *
 * tfjs counts one reference for each call of a layer, and one more for the construction of a model, but on disposal it
 * releases one for each place in a list of layers, and in a functional model one more for each nested model. The two
 * agree for plain models alone: a layer that models share is freed too early or never.
 */
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { LayersModel as Model } from '@tensorflow/tfjs-layers';
import type { Layer } from '../host/layerInternals.js';
import { internals } from '../host/layerInternals.js';
import { leafLayers, modelsIn } from '../model/modelConfig.js';

/**
 * Makes `model.dispose()` free every layer of the model and of the models in it, once. No other model may have them.
 */
export function own(model: LayersModel): void {
  const releases = new Map<Layer, number>([[model, 1]]);
  for (const container of modelsIn(model)) {
    for (const layer of [...container.layers, ...(container.internalContainerRefs as Layer[])])
      releases.set(layer, (releases.get(layer) ?? 0) + 1);
  }
  const owned = new Set<LayerVariable>();
  for (const [layer, count] of releases) {
    // What a wrapper and another layer share, the first of them frees; the other one never gets to it.
    const isOwned = !(layer instanceof Model) && layer.weights.some((weight) => owned.has(weight));
    internals(layer)._refCount = isOwned ? Infinity : count;
    if (!(layer instanceof Model)) layer.weights.forEach((weight) => owned.add(weight));
  }
}

/** Frees the layers of a model that is given up, but for those that another one has, which then owns them. */
export function handOver(from: LayersModel, to: LayersModel): void {
  const kept = leafLayers(to).map(({ layer }) => layer);
  const weights = new Set(kept.flatMap((layer) => layer.weights));
  for (const { layer } of leafLayers(from)) {
    if (!kept.includes(layer) && !layer.weights.some((weight) => weights.has(weight))) free(layer);
  }
  own(to);
}

/** Frees all layers of a model that is given up, whoever refers to them. */
export function discard(model: LayersModel): void {
  leafLayers(model).forEach(({ layer }) => free(layer));
}

/** Frees a layer, whoever refers to it. */
export function free(layer: Layer): void {
  if (internals(layer)._refCount === 0) return;
  internals(layer)._refCount = 0;
  internals(layer).disposeWeights();
}
