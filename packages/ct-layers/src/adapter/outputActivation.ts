/**
 * The activation that makes probabilities of a classifier's logits, or leaves them: changed in place with an adapter.
 */
import type { OutputKind } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import { activationOf, scoreLayer } from '../model/classifier/outputKind.js';

/** The activation of each kind of output. */
const ACTIVATION: Readonly<Record<OutputKind, 'linear' | 'softmax' | 'sigmoid'>> = {
  logits: 'linear',
  'one logit': 'linear',
  probabilities: 'softmax',
  'one probability': 'sigmoid',
};

/** Why a model cannot be given another kind of output; undefined where it can, or has that kind. */
export function obstacleTo(model: LayersModel, wanted: OutputKind): string | undefined {
  const layer = scoreLayer(model);
  const className = layer.getClassName();
  if (activationOf(layer) === ACTIVATION[wanted] || ['Dense', 'Activation'].includes(className)) return undefined;
  return `its last layer "${layer.name}" (${className}) makes something else of them`;
}

/** Gives a model that kind of output; returns what undoes it. */
export function setOutput(model: LayersModel, wanted: OutputKind): () => void {
  const layer = scoreLayer(model);
  const fields = fieldsOf(layer);
  const before = fields['activation'];
  if (activationOf(layer) === ACTIVATION[wanted] || before === undefined) return () => undefined;
  fields['activation'] = fieldsOf(layers.activation({ activation: ACTIVATION[wanted] }))['activation'];
  return () => void (fields['activation'] = before);
}
