/**
 * Betas predicted from statistics of frozen networks, each transfer from the others.
 */
import type { Json } from '@curvature-tuning/sweep';
import type { Report, Results } from '../studies/study.js';
import { nameOf, TRANSFERS } from '../studies/study.js';
import { bestOf, gridOf } from './calibrationReport.js';
import { mean, percent } from './numbers.js';

/** Of standardised statistics: few transfers, many numbers. */
const RIDGE = 10;

interface Sample {
  transfer: string;
  x: number[];
  /** The grid's beta, and test accuracy at every beta. */
  best: number;
  accuracy: Map<number, number>;
}

/** What the study says. */
export function predictedReport(results: Results): Report {
  const samples = TRANSFERS.flatMap((transfer): Sample[] => {
    const { network, data } = transfer;
    return results
      .all<{ readonly [key: string]: Json; stages: number[][] }>('statistics', { network, data })
      .flatMap(({ spec, result }) => {
        const grid = gridOf(results, transfer, true).filter((one) => one.spec['seed'] === spec['seed']);
        if (grid.length === 0) return [];
        return [
          {
            transfer: nameOf(transfer),
            x: result.stages.flat(),
            best: Number(bestOf(grid).spec['beta']),
            accuracy: new Map(grid.map((one) => [Number(one.spec['beta']), one.result.testAccuracy])),
          },
        ];
      });
  });
  const rows = samples.map((sample) => {
    // All seeds of a transfer are held out together.
    const others = samples.filter(({ transfer }) => transfer !== sample.transfer);
    const predicted = others.length === 0 ? 1 : predict(others, sample.x);
    const constant = others.length === 0 ? 1 : mean(others.map(({ best }) => best));
    const at = (beta: number): number => sample.accuracy.get(nearest([...sample.accuracy.keys()], beta))!;
    return { sample, predicted, constant, shares: [at(1), at(constant), at(predicted), at(sample.best)] };
  });
  const error = (of: (row: (typeof rows)[number]) => number): string =>
    rows.length === 0 ? '' : mean(rows.map((row) => Math.abs(of(row) - row.sample.best))).toFixed(3);
  return {
    text: [
      `Mean absolute error against the grid’s beta, each transfer predicted from the others: ridge regression ` +
        `${error(({ predicted }) => predicted)}, one beta for all (their mean) ${error(({ constant }) => constant)}. ` +
        'With so few transfers this says little more than whether it is hopeless.',
    ],
    tables: [
      {
        name: 'predicted-beta',
        title: 'Calibrated probe, test accuracy in % at betas from different sources (the nearest of the grid)',
        head: [
          'transfer',
          'grid’s beta',
          'predicted',
          'one for all',
          'at beta 1',
          'at one for all',
          'at predicted',
          'at the grid’s',
        ],
        rows: [...new Set(rows.map(({ sample }) => sample.transfer))].map((transfer) => {
          const own = rows.filter(({ sample }) => sample.transfer === transfer);
          return [
            transfer,
            own.map(({ sample }) => sample.best).join(', '),
            own.map(({ predicted }) => predicted.toFixed(2)).join(', '),
            own.map(({ constant }) => constant.toFixed(2)).join(', '),
            ...[0, 1, 2, 3].map((i) => percent(own.map(({ shares }) => shares[i]!))),
          ];
        }),
      },
    ],
    figures: [],
  };
}

/** Ridge regression on standardised statistics, by its dual: w = Xᵀ (X Xᵀ + λ)⁻¹ (y − mean). */
function predict(samples: readonly Sample[], x: readonly number[]): number {
  const centre = x.map((_, j) => mean(samples.map((sample) => sample.x[j]!)));
  const scale = x.map((_, j) => Math.sqrt(mean(samples.map((sample) => (sample.x[j]! - centre[j]!) ** 2))) || 1);
  const standard = (one: readonly number[]): number[] => one.map((value, j) => (value - centre[j]!) / scale[j]!);
  const all = samples.map((sample) => standard(sample.x));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  const level = mean(samples.map(({ best }) => best));
  const matrix = all.map((a, i) => [...all.map((b, k) => dot(a, b) + (i === k ? RIDGE : 0)), samples[i]!.best - level]);
  const weights = solve(matrix);
  const raw = level + weights.reduce((sum, weight, i) => sum + weight * dot(all[i]!, standard(x)), 0);
  return Math.min(1, Math.max(0, raw));
}

/** Solves a positive definite system, its right side in the last column, by Gauss and Jordan. */
function solve(matrix: number[][]): number[] {
  const n = matrix.length;
  for (let i = 0; i < n; i++) {
    const pivot = matrix[i]![i]!;
    for (let j = i; j <= n; j++) matrix[i]![j]! /= pivot;
    for (let k = 0; k < n; k++) {
      const factor = matrix[k]![i]!;
      if (k !== i) for (let j = i; j <= n; j++) matrix[k]![j]! -= factor * matrix[i]![j]!;
    }
  }
  return matrix.map((row) => row[n]!);
}

function nearest(values: readonly number[], to: number): number {
  return values.reduce((a, b) => (Math.abs(b - to) < Math.abs(a - to) ? b : a));
}
