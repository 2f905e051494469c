/**
 * What was learnt, in numbers that people look at.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, satisfying } from '@curvature-tuning/checks';
import type { Adapter } from './adapterSchema.js';
import { isHead, isStatistic } from './adapter.js';
import { adapterSchema } from './adapterSchema.js';
import { unitOf } from '../unit/rawValue.js';

/** One of beta and c over all units of an adapter. */
export interface ParameterStatistics {
  mean: number;
  /** Population standard deviation. */
  std: number;
  /** Counts in 100 bins of [0, 1]. */
  histogram: number[];
}

const BINS = 100;

export const summarizeAdapterArguments: Entries<{ adapter: Adapter }> = { adapter: adapterSchema };

export const curvatureStatisticsArguments: Entries<{ adapter: Adapter }> = {
  adapter: satisfying(adapterSchema, hasCurvature, { expects: 'an adapter with the beta and coeff of its sites' }),
};

function hasCurvature({ config, tensors }: Adapter): boolean {
  const sites = Object.keys(config.sites);
  return sites.length > 0 && sites.every((site) => tensors.has(`${site}/beta`) && tensors.has(`${site}/coeff`));
}

/**
 * Mean, spread and histogram of the curvatures and mixing coefficients of an adapter: sigmoid of the raw values.
 *
 * Source: the authors' figures of learnt beta and c, 100 bins.
 */
export function curvatureStatistics(adapter: Adapter): Record<'beta' | 'coeff', ParameterStatistics> {
  check('curvatureStatistics', curvatureStatisticsArguments, { adapter });
  const statisticsOf = (name: 'beta' | 'coeff'): ParameterStatistics => {
    const values = Object.keys(adapter.config.sites).flatMap((site) =>
      Array.from(adapter.tensors.get(`${site}/${name}`)!.data, unitOf),
    );
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const histogram = Array<number>(BINS).fill(0);
    for (const value of values) histogram[Math.min(BINS - 1, Math.floor(value * BINS))]!++;
    return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length), histogram };
  };
  return { beta: statisticsOf('beta'), coeff: statisticsOf('coeff') };
}

/** How many numbers an adapter holds, tied ones counted once. */
export interface AdapterSummary {
  /** Raw beta and c. */
  curvature: number;
  /** What was trained beside them. */
  also: number;
  head: number;
  /** Moving statistics, which are not trained. */
  statistics: number;
  trainable: { withoutHead: number; total: number };
}

/** Counts the numbers of an adapter. */
export function summarizeAdapter(adapter: Adapter): AdapterSummary {
  check('summarizeAdapter', summarizeAdapterArguments, { adapter });
  const { config, tensors } = adapter;
  let [curvature, also, head, statistics] = [0, 0, 0, 0];
  const counted = new Set<string>();
  for (const [name, { data }] of tensors) {
    const [layer, weight] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)];
    const site = config.sites[layer];
    if (isHead(name)) head += data.length;
    else if (isStatistic(name)) statistics += data.length;
    else if (site === undefined || !['beta', 'coeff'].includes(weight)) also += data.length;
    else {
      const tie = `${site.group ?? layer}/${weight}`;
      if (!counted.has(tie)) curvature += data.length;
      counted.add(tie);
    }
  }
  return {
    curvature,
    also,
    head,
    statistics,
    trainable: { withoutHead: curvature + also, total: curvature + also + head },
  };
}
