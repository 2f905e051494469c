/**
 * What a comparison says of one method: of each seed the cell that validation chose, and their means.
 */
import { validatesBetter } from '@curvature-tuning/layers';
import type { Cell } from './cell.js';
import type { MethodName } from './methods.js';
import { methods } from './methods.js';

/** Mean and population standard deviation over seeds. */
export interface Spread {
  mean: number;
  std: number;
  values: number[];
}

/** What became of one method. */
export interface ComparisonRow {
  method: MethodName;
  title: string;
  /** The cell of each seed that validation chose, in the order of the seeds. */
  chosen: Cell[];
  testAccuracy: Spread;
  validationAccuracy: Spread;
  parameters: { withoutHead: number; total: number };
  /** Of the chosen cells. */
  seconds: Spread;
  /** Mean over seeds of what all learning rates took together. */
  searchSeconds: number;
  /** The largest of the chosen cells. */
  peakBytes: number;
}

/**
 * The row of a method, of all cells of a comparison.
 *
 * @throws Error where every run of a seed failed.
 */
export function rowOf(method: MethodName, seeds: readonly number[], cells: readonly Cell[]): ComparisonRow {
  const own = cells.filter((cell) => cell.method === method);
  const chosen = seeds.map((seed) => {
    const runs = own.filter((cell) => cell.seed === seed && cell.result !== undefined);
    if (runs.length === 0)
      throw new Error(
        `compareMethods: every run of "${method}" with seed ${seed} failed: ` +
          `${own.find((cell) => cell.seed === seed)?.failure ?? ''}; pass lower {rates}`,
      );
    return runs.reduce((best, cell) => (validatesBetter(cell.result!, best.result!) ? cell : best));
  });
  return {
    method,
    title: methods[method].title,
    chosen,
    testAccuracy: spread(chosen.map(({ result }) => result!.testAccuracy)),
    validationAccuracy: spread(chosen.map(({ result }) => result!.validationAccuracy)),
    parameters: chosen[0]!.result!.parameters,
    seconds: spread(chosen.map(({ seconds }) => seconds)),
    searchSeconds: own.reduce((sum, { seconds }) => sum + seconds, 0) / seeds.length,
    peakBytes: Math.max(...chosen.map(({ peakBytes }) => peakBytes)),
  };
}

function spread(values: number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length), values };
}
