/**
 * The activation that makes probabilities of a classifier's logits, or leaves them: changed in place with an adapter.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf } from '@curvature-tuning/checks';
import type { OutputKind } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import { activationOf, outputKind, scoreLayer } from '../model/classifier/outputKind.js';
import { layersModel } from '../model/modelKind.js';

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

export const setOutputKindArguments: Entries<{ model: LayersModel; kind: OutputKind }> = {
  model: layersModel,
  kind: oneOf('logits', 'probabilities', 'one logit', 'one probability'),
};

/**
 * Makes a classifier give logits, or probabilities, in place; returns what undoes it.
 *
 *     const undo = setOutputKind(model, 'logits'); // an attack's gradient vanishes behind a saturated softmax
 *
 * The activation of its last layer is changed, and no weight.
 *
 * @throws RangeError where one column of numbers is asked for of a model that has several, or the other way round;
 * Error where the last layer makes something else of the numbers.
 */
export function setOutputKind(model: LayersModel, kind: OutputKind): () => void {
  check('setOutputKind', setOutputKindArguments, { model, kind });
  const own = outputKind(model);
  if (kind.startsWith('one ') !== own.startsWith('one '))
    throw new RangeError(`setOutputKind: kind must be of as many columns as "${model.name}" has (${own}), got ${kind}`);
  const obstacle = obstacleTo(model, kind);
  if (obstacle !== undefined)
    throw new Error(
      `setOutputKind: "${model.name}" cannot give ${kind}: ${obstacle}; end the model before it, with tf.model`,
    );
  return setOutput(model, kind);
}
