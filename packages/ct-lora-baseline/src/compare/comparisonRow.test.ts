import { expect, it } from 'vitest';
import type { Cell } from './cell.js';
import { rowOf } from './comparisonRow.js';

/** A cell with its accuracies, or one whose loss was not finite. */
const cell = (seed: number, own: number, accuracies?: [validation: number, test: number, loss?: number]): Cell => ({
  method: 'lora',
  seed,
  learningRate: { own, head: 1e-3 },
  seconds: own < 0.05 ? 2 : 4,
  peakBytes: own < 0.05 ? 100 : 200,
  ...(accuracies === undefined
    ? { failure: 'the loss became NaN' }
    : {
        result: {
          validationAccuracy: accuracies[0],
          testAccuracy: accuracies[1],
          validationLoss: accuracies[2] ?? 0.5,
          parameters: { withoutHead: 3, total: 5 },
          detail: {},
        },
      }),
});

it('takes the cell of each seed that validates best, by the loss on ties, whatever its test accuracy', () => {
  const cells = [
    cell(1, 0.01, [0.9, 0.6]),
    cell(1, 0.1, [0.8, 0.95]),
    cell(2, 0.01, [0.7, 0.5, 0.4]),
    cell(2, 0.1, [0.7, 0.8, 0.3]),
  ];
  const { chosen, testAccuracy, seconds, searchSeconds, peakBytes, parameters } = rowOf('lora', [1, 2], cells);
  expect(chosen).toEqual([cells[0], cells[3]]);
  expect(testAccuracy.values).toEqual([0.6, 0.8]);
  expect(testAccuracy.mean).toBeCloseTo(0.7, 12);
  // Of the population, not of a sample.
  expect(testAccuracy.std).toBeCloseTo(0.1, 12);
  expect(seconds.values).toEqual([2, 4]);
  expect(searchSeconds).toBe(6);
  expect(peakBytes).toBe(200);
  expect(parameters).toEqual({ withoutHead: 3, total: 5 });
});

it('leaves cells of other methods and failures aside, and says which seed has nothing else', () => {
  const other: Cell = { ...cell(1, 0.01, [1, 1]), method: 'probe' };
  const { chosen } = rowOf('lora', [1], [other, cell(1, 0.01), cell(1, 0.1, [0.5, 0.5])]);
  expect(chosen).toEqual([cell(1, 0.1, [0.5, 0.5])]);
  expect(() => rowOf('lora', [1, 2], [cell(1, 0.1, [0.5, 0.5]), cell(2, 0.1)])).toThrow(
    'compareMethods: every run of "lora" with seed 2 failed: the loss became NaN; pass lower {rates}',
  );
});
