/**
 * The activations that a network has by itself: where its curvature starts, and what texts call it.
 */
import { phi } from '@curvature-tuning/activation/math';
import type { ActivationKind, Curvature } from '@curvature-tuning/layers';
import { activationKinds, DEFAULT_KINDS } from '@curvature-tuning/layers';
import type { LayersModel } from '@tensorflow/tfjs';

/** What curvature acts on in a network. */
export interface OwnActivations {
  /** The kinds, for the options of that name; undefined for those that are the default. */
  kinds: ActivationKind[] | undefined;
  own: OwnActivation;
}

/** The activation that a network's curvature starts as. */
export type OwnActivation = 'relu' | 'silu' | 'gelu';

/** What is known of it. */
export interface OwnFacts {
  name: string;
  /** The curvature at which phi is it, or nearest to it. */
  start: Curvature;
  /** The curvature that T-CT departs from, to two digits. */
  trainedFrom: Curvature;
}

/** Facts of each; beta and c are those of ct-layers' kinds. */
export const OWN: Readonly<Record<OwnActivation, OwnFacts>> = {
  relu: { name: 'ReLU', start: { beta: 1, coeff: 0.5 }, trainedFrom: { beta: 0.8, coeff: 0.5 } },
  silu: { name: 'SiLU', start: { beta: 0.5, coeff: 1 }, trainedFrom: { beta: 0.5, coeff: 1 } },
  gelu: { name: 'GELU', start: { beta: 0.64, coeff: 1 }, trainedFrom: { beta: 0.64, coeff: 1 } },
};

/** Says what curvature is to act on in a network. */
export function ownActivations(model: LayersModel): OwnActivations {
  const kinds = activationKinds(model);
  const isUsual = kinds.length === 0 || kinds.some((kind) => DEFAULT_KINDS.includes(kind));
  return {
    kinds: kinds.every((kind) => DEFAULT_KINDS.includes(kind)) ? undefined : kinds,
    own: isUsual ? 'relu' : kinds[0] === 'gelu' ? 'gelu' : 'silu',
  };
}

/** The activation itself, as near as phi comes to it. */
export function ownValue(own: OwnActivation, x: number): number {
  const { beta, coeff } = OWN[own].start;
  return phi(x, beta, coeff);
}
