/**
 * Steering by a score of one's own: one curvature for the whole network, chosen by whatever number it is to be good at.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { check, func, options, secondsLeft } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Unlabelled } from '../calibrate/calibrate.js';
import { isCalibratable, unlabelled, withoutStatistics } from '../calibrate/calibrate.js';
import { estimateFromImages } from '../calibrate/populationStatistics.js';
import { gatherImages } from '../examples/gatherExamples.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import type { WeightSnapshot } from '../host/weightSnapshot.js';
import { weightSnapshot } from '../host/weightSnapshot.js';
import { rethrow } from '../host/rethrow.js';
import { yieldToHost } from '../host/yieldToHost.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import type { ImageRows } from '../host/imageRows.js';
import { inputOf } from '../model/modelInput.js';
import { layersModel } from '../model/modelKind.js';
import { statisticsOf } from '../calibrate/normalizations.js';
import { sitesOf } from '../model/sitesOf.js';
import type { ActivationSite } from '../unit/activationSite.js';
import type { CTActivation } from '../unit/ctActivation.js';
import { maximise, searchLength } from './maximise.js';
import type { OwnCurvature } from './ownCurvature.js';
import { ownCurvature } from './ownCurvature.js';
import type { SearchOptions } from './search.js';
import { isAtEdge, searchEntries, searchOf, steerableCopy, steeredCoeff, steerUnits } from './search.js';

/**
 * How good the network is at a beta, null for a start of its own that has no single one; larger is better. Gets the
 * steered model, which it may not change.
 */
export type Score = (model: LayersModel, beta: number | null) => Promise<number>;

/** One beta that was scored. */
export interface ScoreStep {
  beta: number;
  score: number;
}

/**
 * What the progress callback hears at the start and after each score; `phase` is `'steer'`, `done` and `total` count
 * scores, those of the network's own start among them.
 */
export interface SteerByScoreProgress extends Progress {
  beta: number | null;
  /** Undefined at the start. */
  score?: number | undefined;
}

/** Options of `steerByScore`. */
export interface SteerByScoreOptions extends SearchOptions {
  /**
   * Unlabelled images from which the statistics of batch normalisation are re-estimated at every beta, as `calibrate`
   * does. Default: the stored statistics stay.
   */
  calibrate?: Unlabelled | undefined;
  /** Hears of every score. */
  onProgress?: ((progress: SteerByScoreProgress) => void) | undefined;
}

/** What `steerByScore` gives. */
export interface SteerByScoreResult {
  /** A steered copy of the network, at the best beta; the caller disposes of it. */
  model: LayersModel;
  /** What was kept: a beta of the grid, or the network's own start, calibrated or as it was given. */
  kept: 'steered' | 'calibrated' | 'given';
  /** The curvature that was kept; null where the units of the network differ. */
  beta: number | null;
  coeff: number | null;
  /** The largest score; of equals that of the network's own start, else the first of the grid. */
  score: number;
  /** The score of the network as it was given. */
  given: number;
  /** The same, calibrated: what steering is to be compared with; undefined where nothing was calibrated. */
  control: number | undefined;
  /** How many betas of the grid have the largest score among them. */
  ties: number;
  /** Whether the best beta is an end of the grid, beyond which there may be a better one. */
  atEdge: boolean;
  /** The activations that were steered. */
  sites: ActivationSite[];
  /** Every beta that was tried, in the order of the grid. */
  history: readonly ScoreStep[];
  /** Frees `model`. */
  dispose: () => void;
}

export const steerByScoreArguments: Entries<{ model: LayersModel; score: Score; options: SteerByScoreOptions }> = {
  model: layersModel,
  score: func(),
  options: options<SteerByScoreOptions>({ ...searchEntries, calibrate: unlabelled, onProgress: func() }),
};

/**
 * Finds the curvature at which a network is best at something, and fits nothing.
 *
 *     const { beta, model: robust } = await steerByScore(model, (steered) => robustAccuracy(steered));
 *
 * All ReLUs of a copy become phi(x; beta, coeff), for each beta of the grid in turn, and `score` decides. The network's
 * own start competes, so that the result never scores worse. A model that has CT layers already is copied as it is, and
 * has that curvature for its own.
 *
 * @throws TypeError when the score is no number; RangeError when a beta lies outside [0, 1]; Error when the model has
 * no ReLU. Source: arXiv 2502.07783, section 3.2.
 */
export async function steerByScore(
  model: LayersModel,
  score: Score,
  options: SteerByScoreOptions = {},
): Promise<SteerByScoreResult> {
  check('steerByScore', steerByScoreArguments, { model, score, options });
  const { coeff } = options;
  const { betas, search } = searchOf('steerByScore', options);
  const { steered } = steerableCopy(model, options);
  const run = new ScoreRun(steered, score, options);
  try {
    return await explainingExhaustion('steerByScore', async () => {
      await run.start(searchLength(betas.length, search));
      const history = new Map<number, number>();
      const { at, value } = await maximise(
        betas,
        async (wanted) => {
          for (const beta of wanted) history.set(beta, await run.scoreAt({ beta, coeff }));
          return wanted.map((beta) => history.get(beta)!);
        },
        { search, onPlan: (left) => run.plan(left) },
      );
      const { given, control } = run;
      const common = {
        model: steered,
        given: given!,
        control,
        ties: [...history.values()].filter((one) => one === value).length,
        sites: sitesOf(steered),
        history: betas.flatMap((beta) => (history.has(beta) ? [{ beta, score: history.get(beta)! }] : [])),
        dispose: () => void steered.dispose(),
      };
      const own = Math.max(given!, control ?? -Infinity);
      if (own >= value) {
        const kept = given! >= own ? 'given' : 'calibrated';
        const curvature = run.restore(kept);
        return { ...common, ...curvature, kept, score: own, atEdge: false };
      }
      const beta = betas[at]!;
      await run.prepare({ beta, coeff });
      const atEdge = isAtEdge(beta, [...history.keys()], run.ownBeta);
      return { ...common, kept: 'steered' as const, beta, coeff: run.coeffAt(coeff), score: value, atEdge };
    });
  } catch (error) {
    return rethrow(error, () => steered.dispose());
  } finally {
    run.dispose();
  }
}

/** A beta of the grid, and the coefficient that was asked for. */
interface SearchedCurvature {
  beta: number;
  coeff: number | undefined;
}

/** One call: the network, its own start, and how far it has come. */
class ScoreRun {
  given: number | undefined;
  control: number | undefined;
  private readonly model: LayersModel;
  private readonly score: Score;
  private readonly options: SteerByScoreOptions;
  private readonly units: CTActivation[];
  private readonly begin = performance.now();
  private images: { images: Tensor | ImageRows; dispose: () => void } | undefined;
  private own: OwnCurvature | undefined;
  /** As they were given, and calibrated at the network's own curvature. */
  private statistics: Partial<Record<'given' | 'calibrated', WeightSnapshot>> = {};
  private done = 0;
  private total = 0;

  constructor(model: LayersModel, score: Score, options: SteerByScoreOptions) {
    this.model = model;
    this.score = score;
    this.options = options;
    this.units = [...curvatureLayers(model).values()];
  }

  /** The coefficient of the units where so much was asked for. */
  coeffAt(asked: number | undefined): number | null {
    return steeredCoeff(this.units, asked);
  }

  get ownBeta(): number | null {
    return this.own!.beta;
  }

  /** Scores the network's own start, before so many betas. */
  async start(betas: number): Promise<void> {
    const { calibrate } = this.options;
    if (calibrate !== undefined) {
      if (!isCalibratable(this.model)) throw new Error(`steerByScore: ${withoutStatistics(this.model)}`);
      const input = inputOf('steerByScore', this.model);
      this.images = await gatherImages('steerByScore: calibrate', calibrate, input);
    }
    this.total = betas + (calibrate === undefined ? 1 : 2);
    this.report({ beta: null });
    this.own = await ownCurvature(this.model);
    this.statistics.given = weightSnapshot(statisticsOf(this.model));
    this.given = await this.scoreNow(this.own.beta);
    if (calibrate === undefined) return;
    await this.calibrate();
    this.statistics.calibrated = weightSnapshot(statisticsOf(this.model));
    this.control = await this.scoreNow(this.own.beta);
  }

  /** Says how many betas are still to be scored, as far as is known. */
  plan(betas: number): void {
    this.total = this.done + betas;
  }

  async scoreAt(curvature: SearchedCurvature): Promise<number> {
    await this.prepare(curvature);
    return this.scoreNow(curvature.beta);
  }

  /** Gives the network a curvature, and the statistics that fit it. */
  async prepare(curvature: SearchedCurvature): Promise<void> {
    steerUnits(this.units, curvature);
    await this.calibrate();
  }

  /** Gives the network its own curvature, and the statistics that it had with it. */
  restore(state: 'given' | 'calibrated'): { beta: number | null; coeff: number | null } {
    this.own!.restore();
    this.statistics[state]!.restore();
    return { beta: this.own!.beta, coeff: this.own!.coeff };
  }

  dispose(): void {
    this.images?.dispose();
    this.own?.dispose();
    for (const kept of Object.values(this.statistics)) kept.dispose();
  }

  private async calibrate(): Promise<void> {
    if (this.images === undefined) return;
    const { signal } = this.options;
    await estimateFromImages('steerByScore', this.model, this.images.images, { signal });
  }

  private async scoreNow(beta: number | null): Promise<number> {
    await yieldToHost(this.options.signal);
    const result = await this.score(this.model, beta);
    if (typeof result !== 'number' || Number.isNaN(result))
      throw new TypeError(`steerByScore: score must resolve to a number, got ${String(result)} at beta = ${beta}`);
    this.done++;
    this.report({ beta, score: result });
    return result;
  }

  private report(scored: Pick<SteerByScoreProgress, 'beta' | 'score'>): void {
    const { begin, done, total } = this;
    const left = secondsLeft((performance.now() - begin) / 1000, done, total);
    this.options.onProgress?.({ phase: 'steer', done, total, secondsLeft: left, ...scored });
  }
}
