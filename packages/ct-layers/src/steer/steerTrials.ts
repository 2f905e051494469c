/**
 * The betas that steering has tried: their heads, their accuracies, and the best of them.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { addN, div, mul, norm, sub, tidy } from '@tensorflow/tfjs-core';
import type { CTActivation } from '../unit/ctActivation.js';
import type { FeatureSet, ProbeOptions } from '../probe/fitHeads.js';
import { interpolationNodes, interpolationWeights } from './interpolation.js';
import type { ProbeRun } from '../probe/probeRun.js';

/** One beta of the grid. */
export interface SteerStep {
  beta: number;
  validationAccuracy: number;
  /** Wall time for the features and the head of this beta; of betas that were evaluated together, their mean. */
  seconds: number;
  /**
   * Whether the features were interpolated between those at other betas: the accuracy may then be off by an example or
   * two.
   */
  interpolated: boolean;
}

/** The features of the training and of the validation examples at one beta. */
type Sets = [train: FeatureSet, validation: FeatureSet];

/** Heads that are trained side by side: enough for the effect, few enough for a progress that moves. */
const HEADS_TOGETHER = 10;
/** Bytes of features that are held at a time. */
const MAX_FEATURE_BYTES = 2 ** 28;
/** Of interpolated features, |difference| / |features|; more than this, and they are not used. */
const MAX_INTERPOLATION_ERROR = 0.02;

/** Trains heads at betas of a grid. Whoever made it calls `dispose`, which frees the best head too. */
export class SteerTrials {
  private readonly steps = new Map<number, SteerStep>();
  /** Of the best beta whose features were computed. */
  private head: { step: SteerStep; weights: Tensor2D } | undefined;
  private readonly run: ProbeRun;
  private readonly units: readonly CTActivation[];
  /** Each once, in the order of the grid. */
  private readonly betas: readonly number[];
  private readonly options: ProbeOptions;
  private readonly onStep: (step: SteerStep) => void;

  /**
   * @param units The CT layers that `run.extract` runs.
   * @param onStep Hears of every trial, of those too that replace an interpolated one.
   */
  constructor(
    run: ProbeRun,
    units: readonly CTActivation[],
    betas: readonly number[],
    options: ProbeOptions,
    onStep: (step: SteerStep) => void,
  ) {
    this.run = run;
    this.units = units;
    this.betas = [...new Set(betas)];
    this.options = options;
    this.onStep = onStep;
  }

  /** In the order of the grid. */
  get history(): SteerStep[] {
    return this.betas.flatMap((beta) => this.steps.get(beta) ?? []);
  }

  /** The step with the best validation accuracy; the first of the grid on ties. */
  get best(): SteerStep {
    return this.history.reduce((best, step) => (step.validationAccuracy > best.validationAccuracy ? step : best));
  }

  /** The head of the best step, once that is not interpolated. */
  get bestHead(): Tensor2D {
    return this.head!.weights;
  }

  dispose(): void {
    this.head?.weights.dispose();
  }

  /** Computes features and fits heads at betas, side by side where memory allows. Returns the validation accuracies. */
  async evaluate(betas: readonly number[]): Promise<number[]> {
    for (let done = 0; done < betas.length;) {
      done += await this.withFeatures(betas.slice(done, done + HEADS_TOGETHER), 0, (group) =>
        Promise.resolve(group.size),
      );
    }
    return betas.map((beta) => this.steps.get(beta)!.validationAccuracy);
  }

  /** Each beta by itself, its head from a random start of its own. */
  async evaluateApart(seed: number): Promise<void> {
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
    if (
      nodes !== undefined &&
      (await this.withFeatures(nodes, HEADS_TOGETHER, (known) => this.interpolate(known, nodes.length)))
    )
      return;
    await this.evaluate(this.betas.filter((beta) => this.steps.get(beta)?.interpolated !== false));
  }

  /** Tries what lies between the known; returns whether the best beta is found. */
  private async interpolate(known: ReadonlyMap<number, Sets>, wanted: number): Promise<boolean> {
    if (known.size < wanted) return false;
    const between = this.betas.filter((beta) => !known.has(beta));
    for (let done = 0; done < between.length; done += HEADS_TOGETHER) {
      const begin = performance.now();
      const group = new Map(
        between
          .slice(done, done + HEADS_TOGETHER)
          .map((beta) => [beta, [interpolate(known, beta, 0), interpolate(known, beta, 1)] as Sets]),
      );
      await this.fit(group, begin, { interpolated: true }).finally(() => disposeSets(group));
    }
    for (let doubtful = this.doubtful(); doubtful.length > 0; doubtful = this.doubtful()) {
      const errors = await this.withFeatures(doubtful, 0, (group) =>
        Promise.all([...group].map(([beta, [train]]) => interpolationError(known, beta, train))),
      );
      if (Math.max(...errors) > MAX_INTERPOLATION_ERROR) return false;
    }
    return true;
  }

  /** Computes features at the first of the betas, fits heads to them, lends the features to `use`, and frees them. */
  private async withFeatures<T>(
    betas: readonly number[],
    more: number,
    use: (group: ReadonlyMap<number, Sets>) => Promise<T>,
    options: { seed?: number } = {},
  ): Promise<T> {
    const begin = performance.now();
    const group = await this.extract(betas, more);
    try {
      await this.fit(group, begin, options);
      return await use(group);
    } finally {
      disposeSets(group);
    }
  }

  /** Which of the best beta and its neighbours are interpolated. */
  private doubtful(): number[] {
    const grid = this.betas.toSorted((a, b) => a - b);
    const at = grid.indexOf(this.best.beta);
    return grid.slice(Math.max(0, at - 1), at + 2).filter((beta) => this.steps.get(beta)!.interpolated);
  }

  /** Features at the first of the betas: as many as can be held together with `more` others. */
  private async extract(betas: readonly number[], more: number): Promise<Map<number, Sets>> {
    const group = new Map<number, Sets>();
    try {
      for (const beta of betas) {
        this.units.forEach((unit) => unit.setBeta(beta));
        const sets = await this.run.extract();
        group.set(beta, sets);
        const bytes = sets.reduce((sum, { features }) => sum + 4 * features.size, 0);
        if ((group.size + 1 + more) * bytes > MAX_FEATURE_BYTES) break;
      }
      return group;
    } catch (error) {
      disposeSets(group);
      throw error;
    }
  }

  private async fit(
    group: ReadonlyMap<number, Sets>,
    begin: number,
    { interpolated = false, ...options }: { interpolated?: boolean; seed?: number } = {},
  ): Promise<void> {
    const heads = await this.run.fit([...group.values()], { ...this.options, ...options });
    const seconds = (performance.now() - begin) / 1000 / group.size;
    const kept: Tensor2D[] = [];
    try {
      for (const beta of group.keys()) {
        const { weights, validationAccuracy } = heads[kept.length]!;
        kept.push(weights);
        const step = { beta, validationAccuracy, seconds, interpolated };
        this.steps.set(beta, step);
        if (interpolated || (this.head !== undefined && !this.precedes(step, this.head.step))) {
          weights.dispose();
        } else {
          this.head?.weights.dispose();
          this.head = { step, weights };
        }
        this.onStep(step);
      }
    } finally {
      heads.slice(kept.length).forEach(({ weights }) => weights.dispose());
    }
  }

  private precedes(a: SteerStep, b: SteerStep): boolean {
    return (
      a.validationAccuracy > b.validationAccuracy ||
      (a.validationAccuracy === b.validationAccuracy && this.betas.indexOf(a.beta) < this.betas.indexOf(b.beta))
    );
  }
}

/** The features of one split at a beta. */
function interpolate(known: ReadonlyMap<number, Sets>, beta: number, split: 0 | 1): FeatureSet {
  const weights = interpolationWeights([...known.keys()], beta);
  const sets = [...known.values()].map((splits) => splits[split]);
  return {
    features: tidy(() => addN(sets.map(({ features }, k) => mul(features, weights[k]!)))),
    labels: sets[0]!.labels,
  };
}

/** |interpolated − computed| / |computed| of the training features. */
async function interpolationError(
  known: ReadonlyMap<number, Sets>,
  beta: number,
  { features }: FeatureSet,
): Promise<number> {
  const error = tidy(() => div(norm(sub(interpolate(known, beta, 0).features, features)), norm(features)));
  const [value] = await error.data();
  error.dispose();
  return value!;
}

function disposeSets(group: ReadonlyMap<number, Sets>): void {
  for (const sets of group.values()) sets.forEach(({ features }) => features.dispose());
}
