/**
 * What tfjs types as private of a layer, in one place.
 */
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** A layer. */
export type Layer = layers.Layer;

type Internals = {
  /** How many calls of `dispose` a layer takes until its weights go. */
  _refCount: number | null;
  /** What was set on this layer, without regard to what it holds. */
  trainable_: boolean;
  _trainableWeights: LayerVariable[];
  _nonTrainableWeights: LayerVariable[];
  disposeWeights: () => number;
};

/** A layer with its private fields. */
export function internals(layer: Layer): Internals {
  return fieldsOf(layer) as Internals;
}

/** The fields by name of a layer, or of another object of tfjs, those of its class too. */
export function fieldsOf(owner: object): Record<string, unknown> {
  return owner as Record<string, unknown>;
}

/** The variable behind a layer's weight, which `tf.valueAndGrads` wants; tfjs-layers keeps it protected. */
export function variableOf(weight: LayerVariable): Variable {
  return fieldsOf(weight)['val'] as Variable;
}

/** A layer with nothing of its own. */
class Plain extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'Plain';
}

let base: ReadonlySet<string> | undefined;

/** The names of the fields that every layer has, which tfjs keeps. */
export function baseFields(): ReadonlySet<string> {
  return (base ??= new Set([...Object.keys(new Plain({ name: 'plain' })), 'batchInputShape', 'dtype']));
}

/**
 * The layers that a layer is made of: what it wraps, its cells, whatever it keeps in a field, a list or a map. An
 * activation is none.
 */
export function partsOf(layer: Layer): Map<string, Layer> {
  const parts = new Map<string, Layer>();
  for (const [field, value] of Object.entries(fieldsOf(layer))) {
    if (baseFields().has(field) || isActivationField(field)) continue;
    const list: unknown[] = value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : [value];
    list.forEach((part, i) => part instanceof layers.Layer && parts.set(`${field} ${i}`, part));
  }
  return parts;
}

/** Whether a field holds an activation: tfjs takes layers for activations, too. */
export function isActivationField(field: string): boolean {
  return /activation$/i.test(field);
}
