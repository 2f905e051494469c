/**
 * What every form of steering shares: which betas are tried, where, and in what copy of the network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { listOf, oneOf, signal, unitInterval } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CTActivation } from '../unit/ctActivation.js';
import type { AskedCurvature } from '../unit/activationKind.js';
import { startOf } from '../unit/activationKind.js';
import type { ReplaceActivationsOptions } from '../surgery/replaceActivations.js';
import { unitsInto } from '../surgery/unitsInto.js';
import { siteSelectionEntries } from '../unit/activationSite.js';

/** Which curvatures are tried, and where. */
export interface SearchOptions extends Pick<
  ReplaceActivationsOptions,
  'coeff' | 'include' | 'exclude' | 'kinds' | 'depth'
> {
  /**
   * The curvatures to try, in [0, 1], ascending for `search: 'golden'`. Default: 0.30, 0.32, ..., 0.98, see
   * `defaultBetas`; the network's own start is tried besides.
   */
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

/**
 * The grid that is searched unless told otherwise: 0.30 to 0.98 in steps of 0.02. Calibrated networks are often best
 * below the paper's grid; below 0.3 none was. The starts of SiLU, 0.5, and GELU, 0.64, lie inside.
 */
export const defaultBetas: readonly number[] = Array.from({ length: 35 }, (_, i) => (30 + 2 * i) / 100);

/** The grid of the paper: 0.70 to 0.99 in steps of 0.01; the default under `protocol: 'paper'`. */
export const paperBetas: readonly number[] = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);

/** The search that options ask for. */
export interface Search {
  betas: readonly number[];
  search: 'grid' | 'golden';
}

/** Fills in the defaults. */
export function searchOf(
  caller: string,
  {
    protocol,
    betas = protocol === 'paper' ? paperBetas : defaultBetas,
    search = 'grid',
  }: SearchOptions & {
    protocol?: 'strict' | 'paper' | undefined;
  },
): Search {
  if (search === 'golden' && betas.some((beta, i) => i > 0 && beta <= betas[i - 1]!))
    throw new RangeError(`${caller}: betas must ascend for search: 'golden'; sort them, or search the grid`);
  return { betas, search };
}

/** The model with CT layers that is steered, at its own curvature, and where outputs of the old one's layers are. */
export function steerableCopy(
  model: LayersModel,
  { include, exclude, kinds, depth }: SearchOptions,
): { steered: LayersModel; names: ReadonlyMap<string, string> } {
  const { model: steered, names } = unitsInto(model, { include, exclude, kinds, depth });
  return { steered, names };
}

/**
 * Gives units a beta of the grid, or none, and the coefficient that was asked for, else that of their kinds: 1 where
 * they were SiLUs or GELUs, so that these move from there, and 0.5 elsewhere.
 */
export function steerUnits(units: Iterable<CTActivation>, { beta, coeff }: AskedCurvature): void {
  for (const unit of units) {
    if (beta !== undefined) unit.setBeta(beta);
    unit.setCoeff(coeffOf(unit, coeff));
  }
}

/** The one coefficient that `steerUnits` gives; null where units of several kinds have each their own. */
export function steeredCoeff(units: Iterable<CTActivation>, asked: number | undefined): number | null {
  const coeffs = new Set(Array.from(units, (unit) => coeffOf(unit, asked)));
  return coeffs.size === 1 ? [...coeffs][0]! : null;
}

function coeffOf({ siteOrigin }: CTActivation, coeff: number | undefined): number {
  return startOf(siteOrigin?.kind ?? 'relu', { coeff }).coeff;
}

/**
 * Whether the best of several betas is one beyond which there may be a better one: the least or the largest that was
 * tried, unless the network's own start lies at 1, beyond the largest.
 */
export function isAtEdge(best: number, tried: readonly number[], own: number | null | undefined): boolean {
  if (tried.length < 2 || best === 0 || best === 1) return false;
  return best === Math.min(...tried) || (best === Math.max(...tried) && own !== 1);
}
