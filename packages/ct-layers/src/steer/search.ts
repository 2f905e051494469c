/**
 * What every form of steering shares: which betas are tried, where, and in what copy of the network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { listOf, oneOf, signal, unitInterval } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { curvatureLayers } from '../model/curvatureLayers.js';
import type { ReplaceActivationsOptions } from '../surgery/replaceActivations.js';
import { unitsInto } from '../surgery/unitsInto.js';
import { siteSelectionEntries } from '../unit/activationSite.js';

/** Which curvatures are tried, and where. */
export interface SearchOptions extends Pick<
  ReplaceActivationsOptions,
  'coeff' | 'include' | 'exclude' | 'kinds' | 'depth'
> {
  /** The curvatures to try, in [0, 1], ascending for `search: 'golden'`. Default: 0.70, 0.71, ..., 0.99. */
  betas?: readonly number[] | undefined;
  /**
   * `'grid'` (default) tries every beta. `'golden'` narrows the grid down as golden-section search does, some ten betas
   * of thirty; the answer is the grid's where accuracy rises to one maximum and falls behind it.
   */
  search?: 'grid' | 'golden' | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

export const searchEntries: Entries<SearchOptions> = {
  ...siteSelectionEntries,
  coeff: unitInterval,
  betas: listOf(unitInterval, { min: 1 }),
  search: oneOf('grid', 'golden'),
  signal,
};

/** The grid of the paper: 0.70 to 0.99 in steps of 0.01. */
export const defaultBetas: readonly number[] = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);

/** The search that options ask for. */
export interface Search {
  betas: readonly number[];
  coeff: number;
  search: 'grid' | 'golden';
}

/** Fills in the defaults. */
export function searchOf(
  caller: string,
  { betas = defaultBetas, coeff = 0.5, search = 'grid' }: SearchOptions,
): Search {
  if (search === 'golden' && betas.some((beta, i) => i > 0 && beta <= betas[i - 1]!))
    throw new RangeError(`${caller}: betas must ascend for search: 'golden'; sort them, or search the grid`);
  return { betas, coeff, search };
}

/** The model with CT layers that is steered, and where the outputs of the old one's layers are. */
export function steerableCopy(
  model: LayersModel,
  { include, exclude, kinds, depth }: SearchOptions,
  coeff: number,
): { steered: LayersModel; names: ReadonlyMap<string, string> } {
  const { model: steered, names, hadUnits } = unitsInto(model, { coeff, include, exclude, kinds, depth });
  if (hadUnits) curvatureLayers(steered).forEach((unit) => unit.setCoeff(coeff));
  return { steered, names };
}
