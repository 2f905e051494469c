/**
 * Finds weights that are not finite.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { firstNotFinite } from '../host/finite.js';
import { leafLayers } from './modelConfig.js';
import { weightName } from './weightName.js';

/** The first weight of a model that holds a NaN or an infinity, as `layer/weight`. */
export async function nonFiniteWeight(model: LayersModel): Promise<string | undefined> {
  for (const { path, layer } of leafLayers(model)) {
    for (const weight of layer.weights) {
      const value = weight.read();
      const found = await firstNotFinite(value);
      // Raw values of curvature are infinite at the ends of [0, 1] in files of earlier versions.
      if (found !== undefined && (Number.isNaN(found.value) || layer.getClassName() !== 'CTActivation'))
        return `${path}/${weightName(weight)}`;
    }
  }
  return undefined;
}
