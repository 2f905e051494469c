/**
 * What some weights are at one moment, to which they can be set back.
 */
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** The values of some weights. */
export interface WeightSnapshot {
  /** Gives every weight what it had. */
  restore: () => void;
  /** Frees the values. */
  dispose: () => void;
}

/** Keeps the values of weights; the caller disposes of them. */
export function weightSnapshot(weights: readonly LayerVariable[]): WeightSnapshot {
  const kept = weights.map((weight) => ({ weight, value: weight.read().clone() }));
  return {
    restore: () => kept.forEach(({ weight, value }) => void weight.write(value)),
    dispose: () => kept.forEach(({ value }) => value.dispose()),
  };
}
