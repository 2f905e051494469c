/**
 * What `ct steer` found: the record, its summary, and its table.
 */
import type { EpochRecord, ParameterStatistics, SteerStep } from '@curvature-tuning/layers';
import { defaultBetas } from '@curvature-tuning/layers';
import type { Environment } from './environment.js';

interface Outcome {
  /** In [0, 1], as are all accuracies of the record. */
  testAccuracy: number;
  validationAccuracy: number;
  /** Numbers that were trained, the head's among them; and without the head's. */
  trainableParameters: number;
  withoutHead: number;
  seconds: number;
}

interface TrainedOutcome extends Outcome {
  /** From 0: the epoch with the best validation accuracy, which was kept. */
  bestEpoch: number;
  history: EpochRecord[];
}

export interface SeedResult {
  seed: number;
  data: { name: string; title: string; hash: string; split: string; train: number; validation: number; test: number };
  relu: Outcome;
  sct: Outcome & { beta: number; coeff: number; history: SteerStep[] };
  /** The control: a head trained while batch norm adapts to the data, with the network's own ReLUs. */
  control: TrainedOutcome;
  /** Trained curvature, with what was learnt. */
  tct: TrainedOutcome & { beta: ParameterStatistics; coeff: ParameterStatistics };
}

/** The methods of the table, in its order. */
export const methods = ['relu', 'sct', 'control', 'tct'] as const;
export type Method = (typeof methods)[number];

/** What the table calls the methods. */
export const methodNames: Readonly<Record<Method, string>> = { relu: 'linear probe (ReLU)', sct: 'S-CT', control: 'head, batch norm adapts (control)', tct: 'T-CT' };


export interface SteerReport extends Environment {
  command: string;
  backend: string;
  network: string;
  protocol: { probe: 'paper' | 'converged'; betas: number[]; coeff: number; epochs: number };
  /** What PyTorch got on these very splits, where that is known. */
  reference: Reference | null;
  results: SeedResult[];
}

/** Mean test accuracies in [0, 1] of the authors' implementation. */
export interface Reference extends Readonly<Record<Method, number>> {
  source: string;
}

/**
 * The PyTorch runs of the reference implementation on this transfer: seeds 42 to 44, the same splits, a network of the
 * same architecture trained by the same recipe. Test accuracy, mean over the seeds.
 */
const references: Record<string, Pick<Reference, 'control' | 'tct'> & Record<'paper' | 'converged', Pick<Reference, 'relu' | 'sct'>>> = {
  digits: { paper: { relu: 0.934, sct: 0.939 }, converged: { relu: 0.97, sct: 0.973 }, control: 0.959, tct: 0.974 },
  'fashion-mnist': { paper: { relu: 0.612, sct: 0.628 }, converged: { relu: 0.736, sct: 0.736 }, control: 0.636, tct: 0.704 },
};

/** The reference for a run, if there is one for this data and probe, the grid of the paper, and these seeds. */
export function referenceFor(data: string, probe: 'paper' | 'converged', betas: readonly number[], seeds: number[]): Reference | null {
  const figures = Object.hasOwn(references, data) ? references[data]! : undefined;
  const sameGrid = betas.length === defaultBetas.length && betas.every((beta, i) => beta === defaultBetas[i]);
  if (figures === undefined || !sameGrid || seeds.some((seed) => seed < 42 || seed > 44)) return null;
  return { source: 'PyTorch, the authors\' implementation, each parameter once in the optimiser, mean over seeds 42-44', ...figures[probe], control: figures.control, tct: figures.tct };
}

/** Mean and population standard deviation, as the paper reports them. */
export function meanAndSpread(values: number[]): { mean: number; spread: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, spread: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

/** The rows of the summary, as text. */
export function steerRows({ results, reference }: SteerReport): string[][] {
  const betas: Record<Method, string> = {
    relu: '1',
    sct: number(results.map(({ sct }) => sct.beta), 2),
    control: '1',
    tct: `${number(results.map(({ tct }) => tct.beta.mean), 2)} (mean)`,
  };
  const rows = [['', 'test accuracy %', ...(reference === null ? [] : ['PyTorch']), 'beta', 'trainable', 'without head', 'seconds']];
  for (const method of methods) {
    const outcomes = results.map((result): Outcome => result[method]);
    rows.push([
      methodNames[method],
      percent(outcomes.map(({ testAccuracy }) => testAccuracy)),
      ...(reference === null ? [] : [percent([reference[method]])]),
      betas[method],
      String(outcomes[0]!.trainableParameters),
      String(outcomes[0]!.withoutHead),
      number(outcomes.map(({ seconds }) => seconds), 1),
    ]);
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
  const gain = (method: Method, over: Method): string => {
    const points = 100 * meanAndSpread(results.map((result) => result[method].testAccuracy - result[over].testAccuracy)).mean;
    return `${methodNames[method]} ${points >= 0 ? 'gains' : 'loses'} ${Math.abs(points).toFixed(2)} points`;
  };
  const notes = [
    `${data.train} training, ${data.validation} validation and ${data.test} test images. ${gain('sct', 'relu')} on the linear probe, ` +
      `${gain('tct', 'control')} on its control${results.length > 1 ? ', on average' : ''}; one test image is ${(100 / data.test).toFixed(2)} points.`,
  ];
  if (results.length === 1) notes.push('One seed says little: --seeds 3 adds mean and spread.');
  if (reference !== null && results.length === 3) {
    const apart = Math.max(...methods.map((key) => Math.abs(meanAndSpread(results.map((result) => result[key].testAccuracy)).mean - reference[key])));
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
