/**
 * The curvature that a network has before it is steered, to which it can be set back.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { unitOf } from '../unit/rawValue.js';

/** The curvature of all CT layers of a model at one moment. */
export class OwnCurvature {
  /** The one beta and the one c of all units; null where they differ. */
  readonly beta: number | null;
  readonly coeff: number | null;
  private readonly kept: readonly [LayerVariable, Tensor][];

  private constructor(beta: number | null, coeff: number | null, kept: readonly [LayerVariable, Tensor][]) {
    this.beta = beta;
    this.coeff = coeff;
    this.kept = kept;
  }

  /** Reads the curvature of a model; the caller disposes of what is kept. */
  static async of(model: LayersModel): Promise<OwnCurvature> {
    const units = [...curvatureLayers(model).values()].map(({ rawWeights }) => rawWeights);
    const beta = await commonValue(units.map((unit) => unit.beta));
    const coeff = await commonValue(units.map((unit) => unit.coeff));
    const weights = units.flatMap((unit) => [unit.beta, unit.coeff]);
    return new OwnCurvature(
      beta,
      coeff,
      weights.map((weight) => [weight, weight.read().clone()]),
    );
  }

  /** Gives every unit what it had. */
  restore(): void {
    this.kept.forEach(([weight, value]) => void weight.write(value));
  }

  dispose(): void {
    this.kept.forEach(([, value]) => value.dispose());
  }
}

/** To seven digits, which is what float32 has of a number between 0 and 1. */
async function commonValue(weights: readonly LayerVariable[]): Promise<number | null> {
  const values = new Set<number>();
  for (const weight of weights)
    for (const raw of await weight.read().data()) values.add(Number(unitOf(raw).toFixed(7)));
  return values.size === 1 ? [...values][0]! : null;
}
