/**
 * What `ct steer` found: the record, its summary, and its table.
 */
import type { EpochRecord, ParameterStatistics, SteerStep } from '@curvature-tuning/layers';
import { paperBetas } from '@curvature-tuning/layers';
import type { MethodName, MethodRates } from '@curvature-tuning/lora-baseline';
import { methods } from '@curvature-tuning/lora-baseline';
import type { OwnActivation } from '../network/ownActivation.js';
import { OWN } from '../network/ownActivation.js';
import type { Robustness } from '../robustness/robustness.js';
import type { Environment } from './environment.js';
import { textTable } from './textTable.js';
import type { Thumbnail } from './thumbnails.js';

/** What one method came to. */
export interface Outcome {
  /** In [0, 1], as are all accuracies of the record. */
  testAccuracy: number;
  validationAccuracy: number;
  /** Numbers that were trained: without the head's, and all. */
  parameters: { withoutHead: number; total: number };
  seconds: number;
  /** Of what is trained in epochs: the one that was kept, from 0; null where none was better than the start. */
  bestEpoch?: number | null | undefined;
  history?: EpochRecord[] | undefined;
  /** The class that each test image was taken for. */
  predicted: number[];
}

/** What all methods came to with one seed. */
export interface SeedResult {
  seed: number;
  data: { name: string; title: string; hash: string; split: string; train: number; validation: number; test: number };
  /** In the order of the table. */
  outcomes: Partial<Record<MethodName, Outcome>>;
  /** The curvature that steering chose, and the grid. */
  sct?: {
    /** That of the network's own activations, 1 of ReLUs, where these were best. */
    beta: number;
    /** Whether a beta of the grid was better than the network's own start. */
    steered: boolean;
    /** Betas of the grid that have the best accuracy in it. */
    ties: number;
    /** Whether the best beta is an end of the grid. */
    atEdge: boolean;
    coeff: number;
    history: SteerStep[];
  };
  /** What T-CT learnt. */
  tct?: { beta: ParameterStatistics; coeff: ParameterStatistics };
  /** What the test images are; names of the classes, by number. */
  test: { classes: string[]; labels: number[]; thumbnails: Thumbnail[] };
}

/** What the table calls a method, on a network with such activations of its own. */
export function titleOf(method: MethodName, own: OwnActivation = 'relu'): string {
  const titles: Partial<Record<MethodName, string>> = {
    probe: `linear probe (${OWN[own].name})`,
    bn: 'calibrated (control)',
  };
  return titles[method] ?? methods[method].title;
}

/** The record of `ct steer`. */
export interface SteerReport extends Environment {
  command: string;
  backend: string;
  network: string;
  /** What its activations are by themselves. Default `'relu'`. */
  own?: OwnActivation | undefined;
  /** `learningRate`: of methods that the paper does not have, or not at these rates. */
  protocol: {
    name: 'strict' | 'paper';
    betas: number[];
    coeff: number;
    epochs: number;
    learningRate: Partial<Record<MethodName, MethodRates>>;
  };
  /** What PyTorch got on these very splits, where that is known. */
  reference: Reference | null;
  results: SeedResult[];
  /** What calibration and one beta do for the network's robustness, where that was measured. */
  robustness?: Robustness | undefined;
}

/** Mean test accuracies in [0, 1]. */
export interface Reference {
  source: string;
  accuracies: Partial<Record<MethodName, number>>;
}

/**
 * The PyTorch runs of the reference implementation on this transfer: seeds 42 to 44, the same splits, a network of the
 * same architecture trained by the same recipe. Test accuracy, mean over the seeds; LoRA's at 1e-3.
 */
const REFERENCES: Record<string, Reference['accuracies']> = {
  digits: { probe: 0.934, sct: 0.939, bn: 0.959, tct: 0.974, lora: 0.984 },
  'fashion-mnist': { probe: 0.612, sct: 0.628, bn: 0.636, tct: 0.704, lora: 0.813 },
};

/** The reference for a run of the paper's protocol, if there is one: for this data, its grid, and these seeds. */
export function referenceFor(
  data: string,
  protocol: 'strict' | 'paper',
  betas: readonly number[],
  seeds: readonly number[],
): Reference | null {
  const accuracies = Object.hasOwn(REFERENCES, data) ? REFERENCES[data]! : undefined;
  const sameGrid = betas.length === paperBetas.length && betas.every((beta, i) => beta === paperBetas[i]);
  if (accuracies === undefined || protocol !== 'paper' || !sameGrid || seeds.some((seed) => seed < 42 || seed > 44))
    return null;
  return {
    source: "PyTorch, the authors' implementation, each parameter once in the optimiser, mean over seeds 42-44",
    accuracies,
  };
}

/** Mean and population standard deviation, as the paper reports them. */
export function meanAndSpread(values: number[]): { mean: number; spread: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, spread: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

/** The rows of the summary, as text. */
export function steerRows({ results, reference, own = 'relu' }: SteerReport): string[][] {
  const betaOf = (method: MethodName): string => {
    if (method === 'sct')
      return number(
        results.map(({ sct }) => sct!.beta),
        2,
      );
    return method === 'tct'
      ? `${number(
          results.map(({ tct }) => tct!.beta.mean),
          2,
        )} (mean)`
      : String(OWN[own].start.beta);
  };
  const rows = [
    ['', 'test accuracy %', ...(reference === null ? [] : ['PyTorch']), 'beta', 'trainable', 'without head', 'seconds'],
  ];
  for (const method of methodsOf(results)) {
    const outcomes = results.map((result) => result.outcomes[method]!);
    const known = reference?.accuracies[method];
    rows.push([
      titleOf(method, own),
      percent(outcomes.map(({ testAccuracy }) => testAccuracy)),
      ...(reference === null ? [] : [known === undefined ? '' : percent([known])]),
      betaOf(method),
      String(outcomes[0]!.parameters.total),
      String(outcomes[0]!.parameters.withoutHead),
      number(
        outcomes.map(({ seconds }) => seconds),
        1,
      ),
    ]);
  }
  return rows;
}

/** The methods of a report, in the order of its table. */
export function methodsOf(results: SeedResult[]): MethodName[] {
  return Object.keys(results[0]!.outcomes) as MethodName[];
}

/** The summary as aligned text. */
export function steerTable(report: SteerReport): string {
  const rows = steerRows(report);
  const lines = textTable(rows);
  lines.splice(1, 0, '-'.repeat(lines[0]!.length));
  return [...lines.map((line) => line.trimEnd()), '', ...remarks(report)].join('\n');
}

/** What a reader should know beside the numbers. */
export function remarks({ results, reference, protocol, own }: SteerReport): string[] {
  const { data, outcomes } = results[0]!;
  const gain = (method: MethodName, over: MethodName, what: string): string[] => {
    if (outcomes[method] === undefined || outcomes[over] === undefined) return [];
    const points =
      100 *
      meanAndSpread(
        results.map((result) => result.outcomes[method]!.testAccuracy - result.outcomes[over]!.testAccuracy),
      ).mean;
    return [`${titleOf(method)} ${points >= 0 ? 'gains' : 'loses'} ${Math.abs(points).toFixed(2)} points on ${what}`];
  };
  // What steering adds to calibration alone is what counts, where that was run; the paper has none.
  const control = (method: MethodName): string[] =>
    outcomes.bn !== undefined && !(protocol.name === 'paper' && method === 'sct')
      ? gain(method, 'bn', 'its control')
      : gain(method, 'probe', 'the linear probe');
  const gains = [...control('sct'), ...control('tct')].join(', ');
  const notes = [
    `${data.train} training, ${data.validation} validation and ${data.test} test images. ` +
      `${gains === '' ? 'O' : `${gains}${results.length > 1 ? ', on average' : ''}; o`}ne test image is ` +
      `${(100 / data.test).toFixed(2)} points.`,
  ];
  const rates = Object.entries(protocol.learningRate).map(
    ([method, rate]) => `${titleOf(method as MethodName)} at ${rate.own}, head ${rate.head}`,
  );
  notes.push(
    ...results.flatMap(({ seed, sct }) =>
      sct === undefined ? [] : choiceOf(seed, sct, { betas: protocol.betas.length, own }),
    ),
  );
  if (rates.length > 0) notes.push(`Learning rates: ${rates.join('; ')}. ct compare searches a rate for every method.`);
  if (results.length === 1) notes.push('One seed says little: --seeds 3 adds mean and spread.');
  if (reference !== null && results.length === 3) {
    const differences = methodsOf(results).flatMap((method) => {
      const known = reference.accuracies[method];
      return known === undefined
        ? []
        : [Math.abs(meanAndSpread(results.map((result) => result.outcomes[method]!.testAccuracy)).mean - known)];
    });
    if (differences.length > 0)
      notes.push(
        `The means lie within ${(100 * Math.max(...differences)).toFixed(2)} points of PyTorch's, which ` +
          'started from its own training run of the same network.',
      );
  }
  return notes;
}

/** What is to be known of a choice of beta. */
function choiceOf(
  seed: number,
  { beta, steered, ties, atEdge }: NonNullable<SeedResult['sct']>,
  { betas, own = 'relu' }: { betas: number; own: OwnActivation | undefined },
): string[] {
  const facts = [
    ...(steered
      ? []
      : [`the network's own ${OWN[own].name}s (beta ${beta}) are kept: no beta is better by more than chance gives`]),
    ...(ties > 1 ? [`${ties} of ${betas} betas tie at the best validation accuracy, and the loss decided`] : []),
    ...(atEdge ? [`beta ${beta} is an end of the grid; a wider --betas may hold a better one`] : []),
  ];
  return facts.length === 0 ? [] : [`Seed ${seed}: ${facts.join('; ')}.`];
}

function percent(values: number[]): string {
  return number(
    values.map((v) => 100 * v),
    1,
  );
}

function number(values: number[], digits: number): string {
  const { mean, spread } = meanAndSpread(values);
  return values.length === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`;
}
