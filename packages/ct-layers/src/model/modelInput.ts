/**
 * What a model takes for its input.
 */
import type { DataType } from '@tensorflow/tfjs-core';
import type { layers, Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { leafLayers } from './modelConfig.js';

/** Shape, batch axis first, and the dtypes that examples may have. */
export interface ModelInput {
  shape: Shape;
  dtypes: readonly DataType[];
}

/**
 * The input of a model with one.
 *
 * Whole numbers go into a model that says so, or whose first layers are embeddings, whatever dtype those state: tfjs's
 * own is float32. Into any other they are refused, as images that nobody has scaled.
 */
export function inputOf(caller: string, model: LayersModel): ModelInput {
  if (model.inputs.length !== 1) {
    throw new Error(
      `${caller}: expected a model with one input, "${model.name}" has ${model.inputs.length}; build one ` +
        'from its parts with tf.model',
    );
  }
  const { shape, dtype } = model.inputs[0]!;
  const takesWholeNumbers =
    dtype === 'int32' || dtype === 'bool' || (model.layers.length > 0 && isIntoEmbedding(model));
  return {
    shape,
    dtypes: takesWholeNumbers ? ['int32', 'float32', ...(dtype === 'bool' ? (['bool'] as const) : [])] : ['float32'],
  };
}

function isIntoEmbedding(model: LayersModel): boolean {
  const input = model.inputs[0] as SymbolicTensor & { sourceLayer: layers.Layer };
  // Layers that were called in other models too have nodes there. A Sequential has the input of its first model for its
  // own.
  const own = new Set([...model.layers, ...leafLayers(model).map(({ layer }) => layer)]);
  const first = input.sourceLayer.outboundNodes
    .map(({ outboundLayer }) => outboundLayer)
    .filter((layer) => own.has(layer));
  return (
    first.length > 0 &&
    first.every(
      (layer) => layer.getClassName() === 'Embedding' || (layer instanceof LayersModel && isIntoEmbedding(layer)),
    )
  );
}
