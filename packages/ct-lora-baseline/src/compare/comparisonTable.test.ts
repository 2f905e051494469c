import { expect, it } from 'vitest';
import type { Cell, Comparison } from '../index.js';
import { comparisonTable } from './comparisonTable.js';

it('comparisonTable shows means, spreads, sizes and rates', () => {
  const cell = (seed: number, own: number): Cell => ({
    method: 'lora',
    seed,
    learningRate: { own, head: 1e-2 },
    seconds: 1,
    peakBytes: 2e6,
    result: {
      validationAccuracy: 1,
      validationLoss: 0.1,
      testAccuracy: 0.9,
      parameters: { withoutHead: 4217, total: 4867 },
      detail: {},
    },
  });
  const chosen = [cell(1, 1e-2), cell(2, 1e-3)];
  const flat = { mean: 0.9, std: 0.02, values: [0.88, 0.92] };
  const comparison: Comparison = {
    protocol: 'strict',
    seeds: [1, 2],
    budget: { epochs: 20, batchSize: 32 },
    cells: chosen,
    rows: [
      {
        method: 'lora',
        title: 'LoRA, rank 1',
        chosen,
        testAccuracy: flat,
        validationAccuracy: flat,
        parameters: { withoutHead: 4217, total: 4867 },
        seconds: { mean: 1.25, std: 0, values: [1, 1.5] },
        searchSeconds: 3.5,
        peakBytes: 2e6,
      },
    ],
  };
  expect(comparisonTable(comparison, 'markdown').split('\n')[2]).toBe(
    '| LoRA, rank 1 | 90.0 ± 2.0 | 4,217 | 4,867 | 1e-3, 1e-2 | 1.3 | 3.5 | 2 |',
  );
  expect(comparisonTable(comparison)).toContain(
    'Learning rates chosen on validation examples, for each seed by itself; 20 epochs in batches of 32, seeds 1, 2.',
  );
});

it('aligns its columns, and shows one seed without a spread and a method without a rate', () => {
  const one = { mean: 0.5, std: 0, values: [0.5] };
  const row = (method: 'probe' | 'lora', title: string): Comparison['rows'][number] => ({
    method,
    title,
    chosen: [
      {
        method,
        seed: 1,
        learningRate: { own: 0.1, head: 0.1 },
        seconds: 1,
        peakBytes: 0,
        failure: 'none',
      },
    ],
    testAccuracy: one,
    validationAccuracy: one,
    parameters: { withoutHead: 0, total: 650 },
    seconds: one,
    searchSeconds: 2,
    peakBytes: 1.5e6,
  });
  const rows = [row('probe', 'linear probe'), row('lora', 'LoRA')];
  const budget = { epochs: 1, batchSize: 8 };
  const lines = comparisonTable({ protocol: 'paper', seeds: [1], budget, rows, cells: [] }).split('\n');
  expect(new Set(lines.slice(0, 4).map(({ length }) => length)).size).toBe(1);
  expect(lines[2]).toMatch(/^linear probe +50\.0 +0 +650 /);
  expect(lines.at(-1)).toBe("The paper's learning rates; 1 epochs in batches of 8, seed 1.");
});
