/**
 * The CT layers of a model, wherever they are.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CTActivation } from '../unit/ctActivation.js';
import { unitsOf } from '../unit/unitHolder.js';
import { leafLayers } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';

/** All CT layers of a model by path, in order; a layer may hold several, as the one that runs a GraphModel does. */
export function curvatureLayers(model: LayersModel): Map<string, CTActivation> {
  checkLayersModel('curvatureLayers', model);
  return new Map(
    leafLayers(model).flatMap(({ path, layer }): (readonly [string, CTActivation])[] => {
      if (layer instanceof CTActivation) return [[path, layer]];
      return [...(unitsOf(layer) ?? [])];
    }),
  );
}
