/**
 * Which image a vector was flattened from: PyTorch flattens channels first, tfjs last, so that weights behind a
 * Flatten must be reordered. The Flatten may lie in another network than the layer behind it.
 */

import type { layers } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** For the input layer of a network inside a model, the network as a layer of the model around it. */
export type OuterCalls = ReadonlyMap<Layer, Layer>;

/** The networks inside a model, by their input layers. */
export function outerCalls(model: LayersModel): OuterCalls {
  const calls = new Map<Layer, Layer>();
  const visit = (outer: LayersModel): void => {
    for (const layer of outer.layers) {
      if (!(layer instanceof LayersModel)) continue;
      const [input] = layer.inputs;
      // A Sequential that begins with a network shares its input layer: the outermost is the one that is called.
      if (input !== undefined && layer.inputs.length === 1 && !calls.has(input.sourceLayer))
        calls.set(input.sourceLayer, layer);
      visit(layer);
    }
  };
  visit(model);
  return calls;
}

/**
 * The `[h, w, c]` that a Flatten (or a Reshape to a vector) before this layer flattened, past layers that keep a
 * vector's shape; null if none did.
 */
export function flattenedImage(layer: Layer, calls: OuterCalls): readonly number[] | null {
  for (let at = producerOf(layer, calls); at !== undefined; at = producerOf(at, calls)) {
    const { inputShapes, outputShapes } = at.inboundNodes[0] ?? {};
    const [input, output] = [inputShapes?.[0], outputShapes?.[0]] as (readonly number[] | undefined)[];
    if (['Flatten', 'Reshape'].includes(at.getClassName()) && output?.length === 2)
      return input?.length === 4 ? input.slice(1) : null;
    // A Dense, or what else changes the length, mixes the order away; an input layer is passed.
    const isInput = at.getClassName() === 'InputLayer';
    if (!isInput && (at.getClassName() === 'Dense' || input === undefined || String(input) !== String(output)))
      return null;
  }
  return null;
}

/** The layer whose output goes into this one, across the borders of networks; undefined unless there is one. */
function producerOf(layer: Layer, calls: OuterCalls): Layer | undefined {
  const inbound = inboundOf(layer) ?? inboundOf(calls.get(layer));
  if (inbound?.length !== 1) return undefined;
  let [at] = inbound;
  while (at instanceof LayersModel) at = at.outputs.length === 1 ? at.outputs[0]?.sourceLayer : undefined;
  return at;
}

/** The layers that a layer's first call takes its input from. A model has a call of its own, which takes from none. */
function inboundOf(layer: Layer | undefined): Layer[] | undefined {
  return layer?.inboundNodes.map(({ inboundLayers }) => inboundLayers).find((inbound) => inbound.length > 0);
}
