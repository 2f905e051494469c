/** What every kernel must do, on every host: the conformance table, as tests of the backend that is current. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { ConformanceCase, ConformanceGrid } from '../src/conformance.js';
import { conformanceCases, drawnCases, holdings, measureConformance, measureGrid } from '../src/conformance.js';

/** Milliseconds for tests that take a second or two by themselves. */
const SLOW = 60_000;

export interface SuiteOptions {
  /** The largest error over the table. */
  bound?: number;
  /** The grid of test/golden, where it can be read. */
  grid?: ConformanceGrid;
  /** Cases beside those of the table. */
  extra?: ConformanceCase[];
  /** How many cases are drawn. */
  draws?: number;
  /** Rounds of the op and its gradients after which nothing may be left. */
  calls?: number;
  /** What to count beside tensors. */
  more?: () => unknown;
}

/** The tests of one backend, which must be current when they run. */
export function conformanceSuite({
  bound = 1e-6,
  grid,
  extra = [],
  draws = 100,
  calls = 1000,
  more,
}: SuiteOptions = {}): void {
  const conforms = async (testCase: ConformanceCase, to: number): Promise<void> => {
    for (const { quantity, error } of await measureConformance(testCase))
      expect(error, `${testCase.name}: ${quantity}`).toBeLessThan(to);
  };

  if (grid !== undefined)
    it(
      'agrees with 50-digit arithmetic to 1e-6 · max(1, |exact|) in y, dx, dbeta and dc, beta = 1 included',
      async () => {
        const errors = await measureGrid(grid);
        expect(errors).toHaveLength(4 * grid.cases.length);
        for (const { quantity, error, at } of errors) expect(error, `${quantity} at ${at}`).toBeLessThanOrEqual(1e-6);
      },
      SLOW,
    );

  for (const testCase of [...conformanceCases(), ...extra])
    it(`conforms to float64 to ${bound.toExponential()}: ${testCase.name}`, () => conforms(testCase, bound));

  it(
    `agrees with float64 to ${(2 * bound).toExponential()} for ${draws} drawn shapes and parameters, ` +
      '|x| <= 50 and |dy| <= 1',
    async () => {
      for (const testCase of drawnCases(draws)) await conforms(testCase, 2 * bound);
    },
    SLOW,
  );

  it(
    `holds its memory and its tensors over ${calls.toLocaleString('en')} calls`,
    () => {
      tf.tidy(() => {
        const { before, after } = holdings(calls, more);
        expect(after).toEqual(before);
      });
    },
    SLOW,
  );
}
