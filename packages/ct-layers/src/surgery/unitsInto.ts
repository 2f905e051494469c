/**
 * A model with CT layers to steer or to train: `replaceActivations` for a model without, a copy of one that has them.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { copyModel } from '../copy/rebuild.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import type { ReplaceActivationsOptions } from './replaceActivations.js';
import { replaceActivations } from './replaceActivations.js';

/** A new model with CT layers. */
export interface ModelWithUnits {
  /** The caller disposes of it. */
  model: LayersModel;
  /** Names of the old model's layers -> the new layers whose output stands for theirs; empty for a copy. */
  names: ReadonlyMap<string, string>;
  /** Whether the old model had CT layers, which the copy has as they stand, whatever the options say. */
  hadUnits: boolean;
}

/**
 * Copies a model that has CT layers as it is, and replaces the activations of one that has none.
 *
 * @throws Error as `copyModel` or `replaceActivations` does.
 */
export function unitsInto(model: LayersModel, options: ReplaceActivationsOptions): ModelWithUnits {
  if (curvatureLayers(model).size > 0) return { model: copyModel(model), names: new Map(), hadUnits: true };
  const { model: steered, names } = replaceActivations(model, options);
  return { model: steered, names, hadUnits: false };
}
