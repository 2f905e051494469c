/**
 * A fair comparison: every method on the same splits, with the same budget, cell by cell.
 */
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  count,
  func,
  inNameOf,
  listOf,
  matching,
  objectWith,
  oneOf,
  options,
  real,
  secondsLeft,
  seed,
  signal,
  text,
} from '@curvature-tuning/checks';
import type { ActivationKind, Examples, PredictedClasses } from '@curvature-tuning/layers';
import { NonFiniteLossError, predictedClasses } from '@curvature-tuning/layers';
import { layersModel, modelFingerprint } from '@curvature-tuning/layers/model';
import {
  examples as examplesSchema,
  examplesFingerprint,
  siteSelectionEntries,
} from '@curvature-tuning/layers/training';
import { getBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Cell, CellSpecification, CellStore } from './cell.js';
import { cellKey, checkCell } from './cell.js';
import type { ComparisonRow } from './comparisonRow.js';
import { rowOf } from './comparisonRow.js';
import type { MethodName, MethodOutcome, MethodRates, MethodRun } from './methods.js';
import { betasSchema, checkMethods, methodRates, methods as known, methodsFor } from './methods.js';
import { measurePeakBytes } from './peakBytes.js';
import { inTurn } from './inTurn.js';

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

/** What `compareMethods` gives. */
export interface Comparison {
  protocol: 'strict' | 'paper';
  seeds: readonly number[];
  budget: { epochs: number; batchSize: number };
  rows: ComparisonRow[];
  /** All of them, also those that were not chosen. */
  cells: Cell[];
}

/** A cell that is run. */
export type CellBegun = Pick<Cell, 'method' | 'seed' | 'learningRate'>;

/** What the progress callback hears; `phase` is the method's name, `done` and `total` count cells. */
export interface CompareProgress extends Progress, CellBegun {
  readonly total: number;
  /** How far the method itself has come; undefined before its first step, and of methods without. */
  step?: Progress | undefined;
  /** The cell, once it is done. */
  cell?: Cell | undefined;
  /** Whether the cell was run now, and not taken from the store. */
  fresh: boolean;
}

/** Options of `compareMethods`. */
export interface CompareOptions {
  /** Default: all that work on the model (see `methodsFor`) but full fine-tuning. */
  methods?: readonly MethodName[] | undefined;
  /**
   * `'strict'` (default): each method's learning rate is chosen among `rates` by validation accuracy, on ties by
   * validation loss, for each seed by itself; heads start at their optimum, and train at 1e-3. `'paper'`: the paper's
   * procedure and rates, under which LoRA hardly trains.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /** Learning rates to choose among, for `'strict'`. Default 1e-3, 1e-2, 1e-1. */
  rates?: readonly number[] | undefined;
  /** Rates of some methods that are neither chosen among `rates` nor the paper's. */
  learningRate?: Partial<Record<MethodName, MethodRates>> | undefined;
  /** The curvatures that `sct` tries. Default: those of `steer`. */
  betas?: readonly number[] | undefined;
  /**
   * Which activations curvature acts on, in every method; `activationKinds` says what a network has. Default: ReLU and
   * its kin, as in `replaceActivations`.
   */
  kinds?: readonly ActivationKind[] | undefined;
  /** Default 42, 43, 44, as in the paper. */
  seeds?: readonly number[] | undefined;
  /** The same for every method. Default 20 epochs in batches of 32. */
  budget?: { epochs?: number | undefined; batchSize?: number | undefined } | undefined;
  /** Cells that are there already are not run again; each is put there as soon as it is done. */
  store?: CellStore | undefined;
  /** Hears before each cell that is run, of its steps, and after each cell. */
  onProgress?: ((progress: CompareProgress) => void) | undefined;
  /**
   * Gets what a method gave, of each cell that is run now, and what it takes the test examples for, before it is freed;
   * the run waits for its promise. The classifier stays the comparison's.
   */
  onOutcome?: ((outcome: MethodOutcome, cell: CellBegun, test: PredictedClasses) => void | Promise<void>) | undefined;
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
    protocol: oneOf('strict', 'paper'),
    rates: listOf(real({ min: 0 }), { min: 1 }),
    learningRate: options<Partial<Record<MethodName, MethodRates>>>(
      Object.fromEntries(Object.keys(known).map((name) => [name, methodRates])) as Entries<
        Record<MethodName, MethodRates>
      >,
    ),
    betas: betasSchema,
    kinds: siteSelectionEntries.kinds,
    seeds: listOf(seed, { min: 1 }),
    budget: options<NonNullable<CompareOptions['budget']>>(budgetEntries),
    store: matching(
      (value): value is CellStore =>
        typeof (value as Partial<CellStore> | null)?.get === 'function' &&
        typeof (value as Partial<CellStore>).set === 'function',
      { expects: 'a store with get and set, such as a Map' },
    ),
    onProgress: func(),
    onOutcome: func(),
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

/** Head rate of a method that trains more than a head, under `'strict'`. */
const STRICT_HEAD = 1e-3;

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
 * A GraphModel is compared as the LayersModel that `graphFeatures` makes of it, with CT units for each channel
 * (`sharing: 'channel'`), by the methods that need no weights of layers.
 *
 * @param data Makes the splits of a seed; every method gets the same.
 * @throws RangeError on unknown methods, and on those that do not work on the model; Error when every run of a method
 *   failed.
 */
export async function compareMethods(
  model: LayersModel,
  data: (seed: number) => Promise<ComparisonData>,
  options: CompareOptions = {},
): Promise<Comparison> {
  check('compareMethods', compareMethodsArguments, { model, data, options });
  const {
    methods = methodsFor(model).filter((name) => name !== 'full'),
    protocol = 'strict',
    seeds = [42, 43, 44],
    store = new Map<string, Cell>(),
    betas,
    kinds,
    signal,
  } = options;
  checkMethods('compareMethods', model, methods);
  const budget = { epochs: options.budget?.epochs ?? 20, batchSize: options.budget?.batchSize ?? 32 };
  const plan = methods.flatMap((method) =>
    candidates(method, protocol, options).map((learningRate) => ({ method, learningRate })),
  );
  const network = await modelFingerprint(model);
  const cells: Cell[] = [];
  const report = progressOf(options.onProgress, seeds.length * plan.length);
  for (const seed of seeds) {
    signal?.throwIfAborted();
    const examples = await inTurn(() => data(seed), signal);
    checkValue('compareMethods', `data(${seed})`, comparisonData, examples);
    try {
      const dataOf = await fingerprints(examples);
      const { classes } = examples;
      for (const { method, learningRate } of plan) {
        const begun: CellBegun = { method, seed, learningRate };
        const specification: CellSpecification = {
          network,
          data: dataOf,
          classes: classes ?? null,
          protocol,
          ...begun,
          ...(betas !== undefined && { betas }),
          ...(kinds !== undefined && { kinds }),
          ...budget,
          backend: getBackend(),
        };
        const key = cellKey(specification);
        const stored = await store.get(key);
        if (stored === undefined) {
          report({ ...begun, fresh: true });
          const onProgress = (step: Progress): void => report({ ...begun, fresh: true, step });
          const run: MethodRun = {
            seed,
            learningRate,
            protocol,
            ...budget,
            classes,
            betas,
            kinds,
            onProgress,
            signal,
          };
          const made = await inTurn(() => runCell(model, examples, { method, run }, options.onOutcome), signal);
          await store.set(key, made);
        }
        // Another process may have been first with the same cell: what the store has is what counts.
        const cell: unknown = stored ?? (await store.get(key));
        inNameOf(`compareMethods: the stored cell of ${method}, seed ${seed}`, 'checkCell: cell', () =>
          checkCell(cell, specification),
        );
        cells.push(cell as Cell);
        report({ ...begun, fresh: stored === undefined, cell: cell as Cell });
      }
    } finally {
      // Whoever is measured now would have these bytes taken off.
      await inTurn(() => examples.dispose?.());
    }
  }
  return { protocol, seeds, budget, rows: methods.map((method) => rowOf(method, seeds, cells)), cells };
}

/** Counts cells, and tells how long the others will take: as long as those that were run. */
function progressOf(
  onProgress: CompareOptions['onProgress'],
  total: number,
): (event: Omit<CompareProgress, keyof Progress>) => void {
  let [done, run, seconds] = [0, 0, 0];
  return (event) => {
    if (event.cell !== undefined) {
      done++;
      if (event.fresh) {
        run++;
        seconds += event.cell.seconds;
      }
    }
    const left = secondsLeft(seconds, run, run + total - done);
    onProgress?.({ phase: event.method, done, total, secondsLeft: left, ...event });
  };
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
function candidates(
  method: MethodName,
  protocol: 'strict' | 'paper',
  { rates = [1e-3, 1e-2, 1e-1], learningRate = {} }: CompareOptions,
): MethodRates[] {
  const { paper, searches } = known[method];
  const given = learningRate[method];
  if (given !== undefined) return [given];
  if (protocol === 'paper' || searches === 'nothing') return [paper];
  return rates.map((rate) => ({ own: rate, head: STRICT_HEAD }));
}

async function runCell(
  model: LayersModel,
  { train, validation, test }: ComparisonData,
  { method, run }: { method: MethodName; run: MethodRun },
  onOutcome: CompareOptions['onOutcome'],
): Promise<Cell> {
  const { seed, learningRate, onProgress, signal } = run;
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
  const cell = { method, seed, learningRate, seconds: (performance.now() - begin) / 1000, peakBytes };
  if (outcome === undefined) return { ...cell, failure: failure! };
  const { classifier, validationAccuracy, validationLoss, parameters, detail, dispose } = outcome;
  try {
    const tested = await predictedClasses(classifier, test, { onProgress, signal });
    await onOutcome?.(outcome, { method, seed, learningRate }, tested);
    return {
      ...cell,
      result: {
        validationAccuracy,
        validationLoss,
        testAccuracy: tested.accuracy,
        parameters,
        detail,
      },
    };
  } finally {
    dispose();
  }
}
