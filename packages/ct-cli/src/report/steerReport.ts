/**
 * What `ct steer` found: the record, its summary, and its table.
 */
import type { SteerStep } from '@curvature-tuning/layers';
import { defaultBetas } from '@curvature-tuning/layers';
import type { Environment } from './environment.js';

interface Outcome {
  /** In [0, 1], as are all accuracies of the record. */
  testAccuracy: number;
  validationAccuracy: number;
  trainableParameters: number;
  seconds: number;
}

export interface SeedResult {
  seed: number;
  data: { name: string; title: string; hash: string; split: string; train: number; validation: number; test: number };
  relu: Outcome;
  sct: Outcome & { beta: number; coeff: number; history: SteerStep[] };
}

export interface SteerReport extends Environment {
  command: string;
  backend: string;
  network: string;
  protocol: { probe: 'paper' | 'converged'; betas: number[]; coeff: number };
  /** What PyTorch got on these very splits, where that is known. */
  reference: Reference | null;
  results: SeedResult[];
}

/** Mean test accuracies in [0, 1] of the authors' implementation. */
export interface Reference {
  source: string;
  relu: number;
  sct: number;
}

/**
 * The PyTorch runs of the reference implementation on this transfer: seeds 42 to 44, the same splits, a network of the
 * same architecture trained by the same recipe. Test accuracy, mean over the seeds.
 */
const references: Record<string, Record<'paper' | 'converged', { relu: number; sct: number }>> = {
  digits: { paper: { relu: 0.934, sct: 0.939 }, converged: { relu: 0.97, sct: 0.973 } },
  'fashion-mnist': { paper: { relu: 0.612, sct: 0.628 }, converged: { relu: 0.736, sct: 0.736 } },
};

/** The reference for a run, if there is one for this data and probe, the grid of the paper, and these seeds. */
export function referenceFor(data: string, probe: 'paper' | 'converged', betas: readonly number[], seeds: number[]): Reference | null {
  const figures = Object.hasOwn(references, data) ? references[data]![probe] : undefined;
  const sameGrid = betas.length === defaultBetas.length && betas.every((beta, i) => beta === defaultBetas[i]);
  if (figures === undefined || !sameGrid || seeds.some((seed) => seed < 42 || seed > 44)) return null;
  return { source: 'PyTorch, the authors\' implementation, mean over seeds 42-44', ...figures };
}

/** Mean and population standard deviation, as the paper reports them. */
export function meanAndSpread(values: number[]): { mean: number; spread: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, spread: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

/** The rows of the summary, as text. */
export function steerRows({ results, reference }: SteerReport): string[][] {
  const row = (name: string, outcomes: Outcome[], beta: string): string[] => [
    name,
    percent(outcomes.map(({ testAccuracy }) => testAccuracy)),
    beta,
    String(outcomes[0]!.trainableParameters),
    number(outcomes.map(({ seconds }) => seconds), 1),
  ];
  const rows = [
    ['', 'test accuracy %', 'beta', 'trainable', 'seconds'],
    row('linear probe (ReLU)', results.map(({ relu }) => relu), '1'),
    row('S-CT', results.map(({ sct }) => sct), number(results.map(({ sct }) => sct.beta), 2)),
  ];
  if (reference !== null) {
    rows.push(['PyTorch: linear probe', percent([reference.relu]), '1', '', ''], ['PyTorch: S-CT', percent([reference.sct]), '', '', '']);
  }
  return rows;
}

/** The summary as aligned text. */
export function steerTable(report: SteerReport): string {
  const rows = steerRows(report);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd());
  lines.splice(1, 0, '-'.repeat(widths.reduce((a, b) => a + b + 2, -2)));
  return [...lines, '', ...remarks(report)].join('\n');
}

/** What a reader should know beside the numbers. */
export function remarks({ results, reference }: SteerReport): string[] {
  const { data } = results[0]!;
  const gain = meanAndSpread(results.map(({ relu, sct }) => sct.testAccuracy - relu.testAccuracy)).mean;
  const notes = [
    `${data.train} training, ${data.validation} validation and ${data.test} test images. S-CT ${gain >= 0 ? 'gains' : 'loses'} ${Math.abs(100 * gain).toFixed(2)} points` +
      `${results.length > 1 ? ' on average' : ''}; one test image is ${(100 / data.test).toFixed(2)} points.`,
  ];
  if (results.length === 1) notes.push('One seed says little: --seeds 3 adds mean and spread.');
  if (reference !== null && results.length === 3) {
    const apart = Math.max(...(['relu', 'sct'] as const).map((key) => Math.abs(meanAndSpread(results.map((result) => result[key].testAccuracy)).mean - reference[key])));
    notes.push(`The means lie within ${(100 * apart).toFixed(2)} points of PyTorch's, which started from its own training run of the same network.`);
  }
  return notes;
}

function percent(values: number[]): string {
  return number(values.map((v) => 100 * v), 1);
}

function number(values: number[], digits: number): string {
  const { mean, spread } = meanAndSpread(values);
  return values.length === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`;
}
