/**
 * Copies models, changed or not; copies share the weights of the original.
 *
 * What is copied is the graph of calls that tfjs keeps, each call and each layer once, in the order in which they were
 * made. So whatever layers and models a model shares, at any depth, its copy shares alike.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, checkValue, filledText, func, objectWith } from '@curvature-tuning/checks';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { beginsWithModel, Copier } from './copier.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { callsByLayer, leafLayers, modelsIn } from '../model/modelConfig.js';
import { checkLayersModel, layersModel } from '../model/modelKind.js';
import { discard } from './ownership.js';
import { rethrow } from '../host/rethrow.js';

/**
 * A copy of a model that shares its weight buffers and may be disposed of independently.
 *
 * It has what was set on the original and on all in it, after their construction too: `trainable`, metadata
 * (`setUserDefinedMetadata`), activations that are layers. It is not compiled, and stateful layers start anew.
 *
 * @throws Error naming a layer that cannot be copied, as a custom one that would compute something else when made from
 *   its configuration.
 */
export function copyModel(model: LayersModel): LayersModel {
  checkLayersModel('copyModel', model);
  return new Copier('copyModel').copy(model);
}

/** Returns the configuration of what takes the place of a layer at a path. */
export type LayerChange = (layer: layers.Layer, path: string, entry: LayerEntry) => LayerEntry;

export const rewriteLayersArguments: Entries<{ model: LayersModel; change: LayerChange }> = {
  model: layersModel,
  change: func<LayerChange>(),
};

const layerEntry = objectWith<LayerEntry>(
  { className: filledText, config: objectWith<{ name: string }>({ name: filledText }, ['name']) },
  ['className', 'config'],
);

/**
 * A copy of a model with some of its layers changed: `change` gets each leaf layer, its path (`outer/inner`) and its
 * configuration, and returns the configuration of the layer that takes its place under the same name.
 *
 * The copy shares the weight buffers of the original, weight by weight of the same layer and name, until either is
 * written; weights that only the copy has are zeros. Nested, shared and wrapped layers stay nested, shared and wrapped;
 * a `TimeDistributed` layer is one leaf.
 *
 * @throws Error as `copyModel` does.
 */
export function rewriteLayers(model: LayersModel, change: LayerChange): LayersModel {
  check('rewriteLayers', rewriteLayersArguments, { model, change });
  const paths = new Map(leafLayers(model).map(({ layer, path }) => [layer, path]));
  const changed: LayerChange = (layer, path, entry) => {
    const result = change(layer, path, entry);
    checkValue('rewriteLayers', `what change returns for "${path}"`, layerEntry, result);
    return result;
  };
  return new Copier('rewriteLayers', {
    calls: callsByLayer(model),
    change: (layer, entry) => [changed(layer, paths.get(layer)!, entry)],
  }).copy(model);
}

/**
 * A model that calls all models in it, so that it can be cut within one of them: itself, or a copy where a Sequential
 * begins with a model. Paths stay as they are. The model is taken over, whatever happens.
 */
export function callingModels(model: LayersModel): LayersModel {
  if (!modelsIn(model).some(beginsWithModel)) return model;
  try {
    const copy = new Copier('copyModel', { callModels: true }).copy(model);
    discard(model);
    return copy;
  } catch (error) {
    return rethrow(error, () => discard(model));
  }
}
