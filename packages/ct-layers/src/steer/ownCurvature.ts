/**
 * The curvature that a network has before it is steered, to which it can be set back.
 */
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { WeightSnapshot } from '../host/weightSnapshot.js';
import { weightSnapshot } from '../host/weightSnapshot.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { unitOf } from '../unit/rawValue.js';

/** The curvature of all CT layers of a model at one moment. */
export interface OwnCurvature extends WeightSnapshot {
  /** The one beta and the one c of all units; null where they differ. */
  readonly beta: number | null;
  readonly coeff: number | null;
}

/** Reads the curvature of a model; the caller disposes of what is kept. */
export async function ownCurvature(model: LayersModel): Promise<OwnCurvature> {
  const units = [...curvatureLayers(model).values()].map(({ rawWeights }) => rawWeights);
  const betas = units.map(({ beta }) => beta);
  const coeffs = units.map(({ coeff }) => coeff);
  const [beta, coeff] = [await commonValue(betas), await commonValue(coeffs)];
  return { beta, coeff, ...weightSnapshot([...betas, ...coeffs]) };
}

/** To seven digits, which is what float32 has of a number between 0 and 1. */
async function commonValue(weights: readonly LayerVariable[]): Promise<number | null> {
  const values = new Set<number>();
  for (const weight of weights)
    for (const raw of await weight.read().data()) values.add(Number(unitOf(raw).toFixed(7)));
  return values.size === 1 ? [...values][0]! : null;
}
