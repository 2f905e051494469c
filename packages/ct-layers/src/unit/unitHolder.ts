/**
 * Layers that hold CT layers, as the one that runs a GraphModel does: what the rest of the package asks of them.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import type { CTActivation } from './ctActivation.js';
import type { HeldNormalization } from './heldNormalization.js';

/** A layer that holds CT layers. */
export interface UnitHolder {
  /** The CT layers by the name of their node, in the order of the sites. */
  readonly activations: ReadonlyMap<string, CTActivation>;
  /** The batch normalisations by the name of their node. */
  readonly normalizations: ReadonlyMap<string, HeldNormalization>;
  /** How many convolutions the layer runs, and how many of them have a bias, into which normalisation may be folded. */
  readonly convolutions: { readonly all: number; readonly biased: number };
  /** The tensors of the network that are no weights of the layer, which no adapter changes. */
  readonly frozenWeights: ReadonlyMap<string, Tensor>;
  /** The graph that the layer runs. */
  readonly graph: { readonly source: { readonly modelTopology: object } };
  /** The name of the node of the graph whose values the layer gives. */
  readonly outputNode: string;
  /** Numbers that go in and out of the largest node inside, for inputs of these shapes, batch axis first. */
  largestNode(inputs: readonly Shape[]): number;
}

/** Says of a class of layers that they hold CT layers, to all copies of this package. */
export function registerUnitHolder(Class: { prototype: layers.Layer & UnitHolder }): void {
  Object.defineProperty(Class.prototype, HOLDS_UNITS, { value: true });
}

/** A layer as one that holds CT layers, if it is one. */
export function asUnitHolder(layer: layers.Layer): UnitHolder | undefined {
  return isUnitHolder(layer) ? layer : undefined;
}

function isUnitHolder(layer: layers.Layer): layer is layers.Layer & UnitHolder {
  return HOLDS_UNITS in layer;
}

/** The CT layers that a layer holds, by their names; undefined for a layer that is none to hold any. */
export function unitsOf(layer: layers.Layer): ReadonlyMap<string, CTActivation> | undefined {
  return asUnitHolder(layer)?.activations;
}

/** The tensors of the network in a layer that are no weights of it; undefined for a layer that holds no CT layers. */
export function frozenWeightsOf(layer: layers.Layer): ReadonlyMap<string, Tensor> | undefined {
  return asUnitHolder(layer)?.frozenWeights;
}

const HOLDS_UNITS: unique symbol = Symbol.for('@curvature-tuning/layers/unitHolder');
