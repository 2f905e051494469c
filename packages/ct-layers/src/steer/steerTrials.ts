/**
 * The betas that steering has tried: their heads, how they validate, and the best of them.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { addN, div, mul, norm, sub, tidy } from '@tensorflow/tfjs-core';
import type { Validated } from '../model/adapted.js';
import { validatesBetter } from '../model/adapted.js';
import type { FeatureSet, ProbeOptions } from '../probe/fitHeads.js';
import type { ProbeRun, Statistics } from '../probe/probeRun.js';
import { disposeStatistics } from '../probe/probeRun.js';
import type { CTActivation } from '../unit/ctActivation.js';
import { interpolationNodes, interpolationWeights } from './interpolation.js';

/** One beta of the grid. */
export interface SteerStep extends Validated {
  beta: number;
  /** Wall time for the features and the head of this beta; of betas that were evaluated together, their mean. */
  seconds: number;
  /**
   * Whether the features were interpolated between those at other betas: the accuracy may then be off by an example or
   * two.
   */
  interpolated: boolean;
}

/** What is still to be done: betas whose features are computed, and heads on features that are interpolated. */
export interface SteerPlan {
  betas: number;
  interpolated?: number | undefined;
}

/** How betas are tried, and who hears of it. */
export interface TrialOptions extends ProbeOptions {
  /** Whether the statistics of batch normalisation are re-estimated at every beta. */
  calibrate: boolean;
  /** Hears of every trial, of those too that replace an interpolated one. */
  onStep: (step: SteerStep) => void;
  /** Hears what there is still to be done, whenever that is known better. */
  onPlan: (plan: SteerPlan) => void;
}

/** A head, and the statistics that its features were made with. */
export interface FittedState {
  weights: Tensor2D;
  statistics: Statistics;
}

/** The features of the training and of the validation examples at one beta, and the statistics behind them. */
interface Extracted {
  sets: readonly [train: FeatureSet, validation: FeatureSet];
  statistics: Statistics;
}

/** Heads that are trained side by side: enough for the effect, few enough for a progress that moves. */
const HEADS_TOGETHER = 10;
/** Bytes of features that are held at a time. */
const MAX_FEATURE_BYTES = 2 ** 28;
/** Of interpolated features, |difference| / |features|; more than this, and they are not used. */
const MAX_INTERPOLATION_ERROR = 0.02;

/** Trains heads at betas of a grid. Whoever made it calls `dispose`, which frees the best state too. */
export class SteerTrials {
  private readonly steps = new Map<number, SteerStep>();
  /** Of the best beta whose features were computed. */
  private kept: (FittedState & { step: SteerStep }) | undefined;
  private readonly run: ProbeRun;
  private units: readonly CTActivation[] = [];
  /** Each once, in the order of the grid. */
  private readonly betas: readonly number[];
  private readonly options: TrialOptions;

  constructor(run: ProbeRun, betas: readonly number[], options: TrialOptions) {
    this.run = run;
    this.betas = [...new Set(betas)];
    this.options = options;
  }

  /** Says what to set to a beta: the CT layers that `run.extract` runs. */
  useUnits(units: readonly CTActivation[]): void {
    this.units = units;
  }

  /** What `evaluateGrid` will do, as far as can be told before: three betas at the best are computed after all. */
  get gridPlan(): SteerPlan {
    const { length } = this.betas;
    const nodes = interpolationNodes(this.betas)?.length;
    return nodes === undefined ? { betas: length } : { betas: nodes + 3, interpolated: length - nodes };
  }

  /** In the order of the grid. */
  get history(): SteerStep[] {
    return this.betas.flatMap((beta) => this.steps.get(beta) ?? []);
  }

  /** The step that validates best; the first of the grid among equals. */
  get best(): SteerStep {
    return this.history.reduce((best, step) => (this.isBetter(step, best) ? step : best));
  }

  /** What the best step was computed with, once that is not interpolated. */
  get bestState(): FittedState {
    return this.kept!;
  }

  dispose(): void {
    if (this.kept !== undefined) disposeState(this.kept);
  }

  /**
   * Computes features and fits heads at betas, side by side where memory allows. Returns what is to be maximised: the
   * validation accuracies, and for the smaller loss less than one example more.
   */
  async evaluate(betas: readonly number[]): Promise<number[]> {
    for (let done = 0; done < betas.length;) {
      done += await this.withFeatures(betas.slice(done, done + HEADS_TOGETHER), 0, (group) =>
        Promise.resolve(group.size),
      );
    }
    const more = this.options.protocol === 'paper' ? 0 : 0.5 / this.run.passes.validation;
    return betas.map((beta) => {
      const { validationAccuracy, validationLoss } = this.steps.get(beta)!;
      return validationAccuracy + more * Math.exp(-validationLoss);
    });
  }

  /** Each beta by itself, its head from a random start of its own. */
  async evaluateApart(seed: number): Promise<void> {
    this.options.onPlan({ betas: this.betas.length });
    for (const [i, beta] of this.betas.entries())
      await this.withFeatures([beta], 0, () => Promise.resolve(), { seed: seed + i });
  }

  /**
   * Tries all betas: computes features at a few, interpolates those between, and computes them after all at the best
   * beta and its neighbours, until the best is one that was computed. Computes all where interpolation does not pay,
   * where the features of the few are too much to hold, or where a computed one is not what was interpolated.
   */
  async evaluateGrid(): Promise<void> {
    const nodes = interpolationNodes(this.betas);
    this.options.onPlan(this.gridPlan);
    if (
      nodes !== undefined &&
      (await this.withFeatures(nodes, HEADS_TOGETHER, (known) => this.interpolate(known, nodes.length)))
    )
      return;
    const left = this.betas.filter((beta) => this.steps.get(beta)?.interpolated !== false);
    this.options.onPlan({ betas: left.length });
    await this.evaluate(left);
  }

  /** Tries what lies between the known; returns whether the best beta is found. */
  private async interpolate(known: ReadonlyMap<number, Extracted>, wanted: number): Promise<boolean> {
    if (known.size < wanted) return false;
    const between = this.betas.filter((beta) => !known.has(beta));
    for (let done = 0; done < between.length; done += HEADS_TOGETHER) {
      const begin = performance.now();
      const group = new Map(
        between
          .slice(done, done + HEADS_TOGETHER)
          .map((beta): [number, Extracted] => [
            beta,
            { sets: [interpolate(known, beta, 0), interpolate(known, beta, 1)], statistics: new Map() },
          ]),
      );
      await this.fit(group, begin, { interpolated: true }).finally(() => disposeAll(group));
    }
    for (let doubtful = this.doubtful(); doubtful.length > 0; doubtful = this.doubtful()) {
      this.options.onPlan({ betas: doubtful.length });
      const errors = await this.withFeatures(doubtful, 0, (group) =>
        Promise.all([...group].map(([beta, { sets }]) => interpolationError(known, beta, sets[0]))),
      );
      if (Math.max(...errors) > MAX_INTERPOLATION_ERROR) return false;
    }
    return true;
  }

  /** Computes features at the first of the betas, fits heads to them, lends the features to `use`, and frees them. */
  private async withFeatures<T>(
    betas: readonly number[],
    more: number,
    use: (group: ReadonlyMap<number, Extracted>) => Promise<T>,
    options: { seed?: number } = {},
  ): Promise<T> {
    const begin = performance.now();
    const group = await this.extract(betas, more);
    try {
      await this.fit(group, begin, options);
      return await use(group);
    } finally {
      disposeAll(group);
    }
  }

  /** Which of the best beta and its neighbours are interpolated. */
  private doubtful(): number[] {
    const grid = this.betas.toSorted((a, b) => a - b);
    const at = grid.indexOf(this.best.beta);
    return grid.slice(Math.max(0, at - 1), at + 2).filter((beta) => this.steps.get(beta)!.interpolated);
  }

  /** Features at the first of the betas: as many as can be held together with `more` others. */
  private async extract(betas: readonly number[], more: number): Promise<Map<number, Extracted>> {
    const group = new Map<number, Extracted>();
    try {
      for (const beta of betas) {
        this.units.forEach((unit) => unit.setBeta(beta));
        if (this.options.calibrate) await this.run.calibrate();
        const sets = await this.run.extract();
        group.set(beta, { sets, statistics: this.run.statistics() });
        const bytes = sets.reduce((sum, { features }) => sum + 4 * features.size, 0);
        if ((group.size + 1 + more) * bytes > MAX_FEATURE_BYTES) break;
      }
      return group;
    } catch (error) {
      disposeAll(group);
      throw error;
    }
  }

  private async fit(
    group: Map<number, Extracted>,
    begin: number,
    { interpolated = false, ...options }: { interpolated?: boolean; seed?: number } = {},
  ): Promise<void> {
    const heads = await this.run.fit(
      [...group.values()].map(({ sets }) => sets),
      { ...this.options, ...options },
    );
    const seconds = (performance.now() - begin) / 1000 / group.size;
    let done = 0;
    try {
      for (const [beta, extracted] of group) {
        const { weights, validationAccuracy, validationLoss } = heads[done++]!;
        const step: SteerStep = { beta, validationAccuracy, validationLoss, seconds, interpolated };
        this.steps.set(beta, step);
        if (interpolated || (this.kept !== undefined && !this.precedes(step, this.kept.step))) {
          weights.dispose();
        } else {
          if (this.kept !== undefined) disposeState(this.kept);
          this.kept = { step, weights, statistics: extracted.statistics };
          extracted.statistics = new Map();
        }
        this.options.onStep(step);
      }
    } finally {
      heads.slice(done).forEach(({ weights }) => weights.dispose());
    }
  }

  private precedes(a: SteerStep, b: SteerStep): boolean {
    if (this.isBetter(a, b)) return true;
    return !this.isBetter(b, a) && this.betas.indexOf(a.beta) < this.betas.indexOf(b.beta);
  }

  private isBetter(a: SteerStep, b: SteerStep): boolean {
    return this.options.protocol === 'paper' ? a.validationAccuracy > b.validationAccuracy : validatesBetter(a, b);
  }
}

/** The features of one split at a beta. */
function interpolate(known: ReadonlyMap<number, Extracted>, beta: number, split: 0 | 1): FeatureSet {
  const weights = interpolationWeights([...known.keys()], beta);
  const sets = [...known.values()].map((extracted) => extracted.sets[split]);
  return {
    features: tidy(() => addN(sets.map(({ features }, k) => mul(features, weights[k]!)))),
    labels: sets[0]!.labels,
  };
}

/** |interpolated − computed| / |computed| of the training features. */
async function interpolationError(
  known: ReadonlyMap<number, Extracted>,
  beta: number,
  { features }: FeatureSet,
): Promise<number> {
  const error = tidy(() => div(norm(sub(interpolate(known, beta, 0).features, features)), norm(features)));
  const [value] = await error.data();
  error.dispose();
  return value!;
}

/** Frees a head and statistics. */
export function disposeState({ weights, statistics }: FittedState): void {
  weights.dispose();
  disposeStatistics(statistics);
}

function disposeAll(group: ReadonlyMap<number, Extracted>): void {
  for (const { sets, statistics } of group.values()) {
    sets.forEach(({ features }) => features.dispose());
    disposeStatistics(statistics);
  }
}
