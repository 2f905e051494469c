/**
 * A fair comparison: every method on the same splits, with the same budget, cell by cell.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  count,
  func,
  listOf,
  matching,
  objectWith,
  oneOf,
  options,
  real,
  seed,
  signal,
  text,
} from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/layers';
import { accuracy, meanCrossEntropy, NonFiniteLossError } from '@curvature-tuning/layers';
import { layersModel, modelFingerprint } from '@curvature-tuning/layers/model';
import { examples as examplesSchema, examplesFingerprint } from '@curvature-tuning/layers/training';
import { getBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Cell, CellSpecification, CellStore } from './cell.js';
import { cellKey, checkCell } from './cell.js';
import type { MethodName, MethodOutcome, MethodRates } from './methods.js';
import { methods as known } from './methods.js';
import { measurePeakBytes } from './peakBytes.js';
import { inTurn } from './turn.js';

/** The examples of one seed. */
export interface ComparisonData {
  train: Examples;
  /** Decides on epochs, on S-CT's beta and on learning rates. */
  validation: Examples;
  /** Scored once a cell; decides nothing. */
  test: Examples;
  classes?: number | undefined;
  /**
   * What tells this split from every other, such as a hash: cells of an earlier run are taken up by it, and by what is
   * in memory.
   */
  id: string;
  /** Called when all cells of the seed are done. */
  dispose?: (() => void) | undefined;
}

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

/** The outcome of a comparison: a row for each method, and the cells behind it. */
export interface Comparison {
  protocol: 'paper' | 'tuned';
  seeds: readonly number[];
  budget: { epochs: number; batchSize: number };
  rows: ComparisonRow[];
  /** All of them, also those that were not chosen. */
  cells: Cell[];
}

/** Which methods are compared, under which protocol, and where finished cells are kept. */
export interface CompareOptions {
  /** Default: all but full fine-tuning. */
  methods?: readonly MethodName[] | undefined;
  /**
   * `'tuned'` (default): each method's learning rate is chosen among `rates` by validation accuracy, on ties by
   * validation loss, for each seed by itself; the head of a method that trains more has 1e-2. `'paper'`: the paper's
   * rates, under which LoRA hardly trains.
   */
  protocol?: 'paper' | 'tuned' | undefined;
  /** For `'tuned'`. Default 1e-3, 1e-2, 1e-1. */
  rates?: readonly number[] | undefined;
  /** Default 42, 43, 44, as in the paper. */
  seeds?: readonly number[] | undefined;
  /** The same for every method. Default 20 epochs in batches of 32. */
  budget?: { epochs?: number | undefined; batchSize?: number | undefined } | undefined;
  /** Cells that are there already are not run again; each is put there as soon as it is done. */
  store?: CellStore | undefined;
  /** Hears after each cell; `fresh` says whether it was run now. */
  onProgress?: ((progress: { done: number; total: number; cell: Cell; fresh: boolean }) => void) | undefined;
  /** Hears before each cell that is run. */
  onBegin?: ((cell: Pick<Cell, 'method' | 'seed' | 'rates'>) => void) | undefined;
  /** Stops after the run's current step; cells in the store are kept. */
  signal?: AbortSignal | undefined;
}

const budgetEntries: Entries<NonNullable<CompareOptions['budget']>> = { epochs: count, batchSize: count };

export const compareMethodsArguments: Entries<{
  model: LayersModel;
  data: (seed: number) => Promise<ComparisonData>;
  options: CompareOptions;
}> = {
  model: layersModel,
  data: func(),
  options: options<CompareOptions>({
    methods: listOf(oneOf(...(Object.keys(known) as MethodName[])), { min: 1 }),
    protocol: oneOf('tuned', 'paper'),
    rates: listOf(real({ min: 0 }), { min: 1 }),
    seeds: listOf(seed, { min: 1 }),
    budget: options<NonNullable<CompareOptions['budget']>>(budgetEntries),
    store: matching(
      (value): value is CellStore =>
        typeof (value as Partial<CellStore> | null)?.get === 'function' &&
        typeof (value as Partial<CellStore>).set === 'function',
      { expects: 'a store with get and set, such as a Map' },
    ),
    onProgress: func(),
    onBegin: func(),
    signal,
  }),
};

/** What `data` gives. */
export const comparisonData: Schema<ComparisonData> = objectWith<ComparisonData>(
  {
    train: examplesSchema,
    validation: examplesSchema,
    test: examplesSchema,
    classes: count,
    id: text,
    dispose: func(),
  },
  ['train', 'validation', 'test', 'id'],
);

/** Head rate of a method that trains more than a head, under `'tuned'`. */
const TUNED_HEAD = 1e-2;

/**
 * Adapts a network by several methods and compares them.
 *
 *     const options = { methods: ['probe', 'tct', 'lora'], store };
 *     const comparison = await compareMethods(model, (seed) => splits(seed), options);
 *     console.log(comparisonTable(comparison));
 *
 * Learning rates, epochs and S-CT's beta are chosen on validation examples; test examples only score. A run whose loss
 * is not finite is a cell without result and is not chosen. Comparisons that run at once in one process take turns,
 * cell by cell, for what each measures of time and memory to be its own.
 *
 * @param data Makes the splits of a seed; every method gets the same.
 * @throws RangeError on unknown methods; Error when every run of a method failed.
 */
export async function compareMethods(
  model: LayersModel,
  data: (seed: number) => Promise<ComparisonData>,
  options: CompareOptions = {},
): Promise<Comparison> {
  check('compareMethods', compareMethodsArguments, { model, data, options });
  const {
    methods = (Object.keys(known) as MethodName[]).filter((name) => name !== 'full'),
    protocol = 'tuned',
    rates = [1e-3, 1e-2, 1e-1],
    seeds = [42, 43, 44],
    store = new Map<string, Cell>(),
    onProgress,
    onBegin,
    signal,
  } = options;
  const budget = { epochs: options.budget?.epochs ?? 20, batchSize: options.budget?.batchSize ?? 32 };
  const plan = methods.map((method) => ({ method, candidates: candidates(method, protocol, rates) }));
  const total = seeds.length * plan.reduce((sum, { candidates: { length } }) => sum + length, 0);
  const network = await modelFingerprint(model);
  const cells: Cell[] = [];
  for (const seed of seeds) {
    signal?.throwIfAborted();
    const examples = await inTurn(() => data(seed), signal);
    checkValue('compareMethods', `data(${seed})`, comparisonData, examples);
    try {
      const dataOf = await fingerprints(examples);
      for (const { method, candidates: list } of plan) {
        for (const candidate of list) {
          const specification: CellSpecification = {
            network,
            data: dataOf,
            classes: examples.classes ?? null,
            protocol,
            method,
            seed,
            rates: candidate,
            ...budget,
            backend: getBackend(),
          };
          const key = cellKey(specification);
          const stored = await store.get(key);
          if (stored === undefined) {
            onBegin?.({ method, seed, rates: candidate });
            const run = {
              seed,
              rates: candidate,
              protocol,
              ...budget,
              classes: examples.classes,
              signal,
            };
            await store.set(key, await inTurn(() => runCell(model, examples, method, run), signal));
          }
          // Another process may have been first with the same cell: what the store has is what counts.
          const cell = stored ?? (await store.get(key));
          checkCell('compareMethods', `the stored cell of ${method}, seed ${seed}`, cell, specification);
          cells.push(cell);
          onProgress?.({ done: cells.length, total, cell, fresh: stored === undefined });
        }
      }
    } finally {
      // Whoever is measured now would have these bytes taken off.
      await inTurn(() => examples.dispose?.());
    }
  }
  return { protocol, seeds, budget, rows: methods.map((method) => rowOf(method, seeds, cells)), cells };
}

async function fingerprints({ id, train, validation, test }: ComparisonData): Promise<CellSpecification['data']> {
  return {
    id,
    train: await examplesFingerprint(train),
    validation: await examplesFingerprint(validation),
    test: await examplesFingerprint(test),
  };
}

/** The learning rates that a method is run with. */
function candidates(method: MethodName, protocol: 'paper' | 'tuned', rates: readonly number[]): MethodRates[] {
  const { paper, searches } = known[method];
  if (protocol === 'paper' || searches === 'nothing') return [paper];
  return rates.map((rate) => (searches === 'head' ? { own: 0, head: rate } : { own: rate, head: TUNED_HEAD }));
}

async function runCell(
  model: LayersModel,
  { train, validation, test }: ComparisonData,
  method: MethodName,
  run: Parameters<(typeof known)[MethodName]['run']>[3],
): Promise<Cell> {
  const { seed, rates, signal } = run;
  const begin = performance.now();
  let outcome: MethodOutcome | undefined;
  let failure: string | undefined;
  const { peakBytes } = await measurePeakBytes(async () => {
    try {
      outcome = await known[method].run(model, train, validation, run);
    } catch (error) {
      if (!(error instanceof NonFiniteLossError)) throw error;
      failure = error.message;
    }
  });
  const cell = { method, seed, rates, seconds: (performance.now() - begin) / 1000, peakBytes };
  if (outcome === undefined) return { ...cell, failure: failure! };
  const { classifier, validationAccuracy, parameters, detail = {}, dispose } = outcome;
  try {
    const validationLoss = await meanCrossEntropy(classifier, validation, { signal });
    return {
      ...cell,
      result: {
        validationAccuracy,
        validationLoss,
        testAccuracy: await accuracy(classifier, test, { signal }),
        parameters,
        detail,
      },
    };
  } finally {
    dispose();
  }
}

function rowOf(method: MethodName, seeds: readonly number[], cells: readonly Cell[]): ComparisonRow {
  const own = cells.filter((cell) => cell.method === method);
  const chosen = seeds.map((seed) => {
    const runs = own.filter((cell) => cell.seed === seed && cell.result !== undefined);
    if (runs.length === 0)
      throw new Error(
        `compareMethods: every run of "${method}" with seed ${seed} failed: ` +
          `${own.find((cell) => cell.seed === seed)?.failure ?? ''}; pass lower {rates}`,
      );
    return runs.reduce((best, cell) => (isBetter(cell.result!, best.result!) ? cell : best));
  });
  return {
    method,
    title: known[method].title,
    chosen,
    testAccuracy: spread(chosen.map(({ result }) => result!.testAccuracy)),
    validationAccuracy: spread(chosen.map(({ result }) => result!.validationAccuracy)),
    parameters: chosen[0]!.result!.parameters,
    seconds: spread(chosen.map(({ seconds }) => seconds)),
    searchSeconds: own.reduce((sum, { seconds }) => sum + seconds, 0) / seeds.length,
    peakBytes: Math.max(...chosen.map(({ peakBytes }) => peakBytes)),
  };
}

/** A few hundred validation examples tie easily: the loss then decides. */
function isBetter(a: NonNullable<Cell['result']>, b: NonNullable<Cell['result']>): boolean {
  return (
    a.validationAccuracy > b.validationAccuracy ||
    (a.validationAccuracy === b.validationAccuracy && a.validationLoss < b.validationLoss)
  );
}

function spread(values: number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length), values };
}
