/**
 * What a CT layer computes with, as numbers.
 */
import type { CTActivation } from '../../unit/ctActivation.js';
import { unitOf } from '../../unit/rawValue.js';

/** The parameters of a CT layer as numbers: one, or one a channel. */
export interface UnitValues {
  beta: number[];
  coeff: number[];
  alpha: number[];
  maxValue: number | null;
  /** Scale and shift before phi, where the layer has them. */
  affine?: { scale: number[]; shift: number[] };
}

/** Reads a layer's parameters. */
export async function readUnit(layer: CTActivation): Promise<UnitValues> {
  const weights = layer.rawWeights;
  const read = async (weight: (typeof weights)['alpha']): Promise<number[]> => [...(await weight!.read().data())];
  const { maxValue, alpha } = layer.getConfig() as { maxValue: number | null; alpha: number };
  return {
    beta: (await read(weights.beta)).map(unitOf),
    coeff: (await read(weights.coeff)).map(unitOf),
    alpha: weights.alpha === undefined ? [alpha] : await read(weights.alpha),
    maxValue,
    ...(weights.scale && { affine: { scale: await read(weights.scale), shift: await read(weights.shift) } }),
  };
}
