/**
 * Tells what was passed where a model is wanted: `checkLayersModel`.
 *
 * By what a value has, not by its class: another copy of tfjs, or a converter that is not installed, must not matter.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { checkValue, matching } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a value is, in words, and what to do to get a LayersModel from it. */
export interface ModelKind {
  kind: 'layersModel' | 'graphModel' | 'steeredGraph' | 'steeredLayers' | 'other';
  what: string;
  cure: string;
}

/** A LayersModel with layers. */
export const layersModel: Schema<LayersModel> = matching(
  (value): value is LayersModel => modelKind(value).kind === 'layersModel',
  {
    expects: 'a LayersModel',
    got: kindAndCure,
  },
);

/** The arguments of a function that takes a model alone. */
export const modelArguments: Entries<{ model: LayersModel }> = { model: layersModel };

/**
 * Checks that a model is a LayersModel with layers.
 *
 * @throws TypeError that says what came instead, and what to do.
 */
export function checkLayersModel(caller: string, model: LayersModel): void {
  checkValue(caller, 'model', layersModel, model);
}

/** What a value is, and what to do to get a LayersModel from it. */
export function kindAndCure(value: unknown): string {
  const { what, cure } = modelKind(value);
  return `${what}; ${cure}`;
}

/** What a value is. */
export function modelKind(value: unknown): ModelKind {
  const other = (what: string, cure = LOAD): ModelKind => ({ kind: 'other', what, cure });
  if (value === null || value === undefined) return other(String(value));
  if (typeof value === 'string')
    return other(
      `the text "${shortened(value)}"`,
      `load it first: await tf.loadLayersModel(…), or await replaceGraphActivations(…) where it is a GraphModel`,
    );
  if (Array.isArray(value)) return other('an array', 'pass one model');
  if (typeof value === 'number' || typeof value === 'boolean') return other(`the ${typeof value} ${value}`);
  if (typeof value !== 'object' && typeof value !== 'function') return other(`a ${typeof value}`);
  const thing = value as Record<string, unknown>;
  const has = (...methods: string[]): boolean => methods.every((method) => typeof thing[method] === 'function');
  if (has('then')) return other('a Promise', 'await it');
  if (has('execute', 'executeAsync'))
    return {
      kind: 'graphModel',
      what: 'a GraphModel',
      cure:
        'pass the URL, IO handler or artifacts that it was loaded from to replaceGraphActivations, and make a ' +
        'LayersModel of its result by graphFeatures',
    };
  if (Array.isArray(thing['layers']) && has('apply', 'predict', 'getWeights')) {
    if (Array.isArray(thing['inputs']) && thing['inputs'].length > 0)
      return { kind: 'layersModel', what: 'a LayersModel', cure: '' };
    return other('a Sequential model without input', 'add layers to it, the first with an inputShape');
  }
  if (has('setBeta') && typeof thing['model'] === 'object' && thing['model'] !== null) {
    if (modelKind(thing['model']).kind === 'graphModel')
      return {
        kind: 'steeredGraph',
        what: 'what replaceGraphActivations returned',
        cure: 'make a LayersModel of it by graphFeatures',
      };
    return { kind: 'steeredLayers', what: 'what replaceActivations returned', cure: 'pass its model' };
  }
  for (const field of ['classifier', 'model']) {
    if (typeof thing[field] === 'object' && thing[field] !== null && modelKind(thing[field]).kind === 'layersModel')
      return other(`an object with a LayersModel in it`, `pass its ${field}`);
  }
  if (has('getClassName', 'apply'))
    return other(
      `the layer "${String(thing['name'])}"`,
      'make a model with it: tf.model({ inputs, outputs }), or tf.sequential({ layers })',
    );
  if (has('dataSync')) return other('a tensor');
  if ('sourceLayer' in thing) return other('a symbolic tensor', 'make a model with it: tf.model({ inputs, outputs })');
  if (has('load')) return other('an IO handler', `load it first: await tf.loadLayersModel(handler)`);
  if ('modelTopology' in thing)
    return other(
      'model artifacts',
      'load them first: await tf.loadLayersModel(tf.io.fromMemory(artifacts)), or await ' +
        'replaceGraphActivations(artifacts) for those of a GraphModel',
    );
  if (typeof value === 'function') return other('a function', `surgery and training need layers; ${LOAD}`);
  const fields = Object.keys(thing);
  return other(fields.length === 0 ? 'an object without fields' : `an object with ${fields.slice(0, 4).join(', ')}`);
}

const LOAD = 'pass what tf.model, tf.sequential or tf.loadLayersModel return';

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
