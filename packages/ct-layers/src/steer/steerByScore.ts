/**
 * Steering by a score of one's own: one curvature for the whole network, chosen by whatever number it is to be good at.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { check, func, options, secondsLeft } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { explainingExhaustion } from '../host/exhaustion.js';
import { rethrow } from '../host/rethrow.js';
import { yieldToHost } from '../host/yieldToHost.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { layersModel } from '../model/modelKind.js';
import { sitesOf } from '../model/sitesOf.js';
import type { ActivationSite } from '../unit/activationSite.js';
import { maximise } from './maximise.js';
import type { SearchOptions } from './search.js';
import { searchEntries, searchOf, steerableCopy } from './search.js';

/** How good the network is at a beta; larger is better. Gets the steered model, which it may not change. */
export type Score = (model: LayersModel, beta: number) => Promise<number>;

/** One beta that was scored. */
export interface ScoreStep {
  beta: number;
  score: number;
}

/** What the progress callback hears after each beta; `phase` is `'steer'`, `done` and `total` count betas. */
export interface SteerByScoreProgress extends Progress, ScoreStep {}

/** Options of `steerByScore`. */
export interface SteerByScoreOptions extends SearchOptions {
  onProgress?: ((progress: SteerByScoreProgress) => void) | undefined;
}

/** What `steerByScore` gives. */
export interface SteerByScoreResult {
  /** A steered copy of the network, at the best beta; the caller disposes of it. */
  model: LayersModel;
  /** The curvature with the largest score; the first of the grid on ties. */
  beta: number;
  coeff: number;
  score: number;
  /** The activations that were steered. */
  sites: ActivationSite[];
  /** Every beta that was tried, in the order of the grid. */
  history: readonly ScoreStep[];
  dispose: () => void;
}

export const steerByScoreArguments: Entries<{ model: LayersModel; score: Score; options: SteerByScoreOptions }> = {
  model: layersModel,
  score: func(),
  options: options<SteerByScoreOptions>({ ...searchEntries, onProgress: func() }),
};

/**
 * Finds the curvature at which a network is best at something, and fits nothing.
 *
 *     const { beta, model: robust } = await steerByScore(model, (steered) => robustAccuracy(steered));
 *
 * All ReLUs of a copy become phi(x; beta, coeff), for each beta of the grid in turn, and `score` decides. A model that
 * has CT layers already is copied as it is.
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
  const { onProgress, signal } = options;
  const { betas, coeff, search } = searchOf('steerByScore', options);
  const { steered } = steerableCopy(model, options, coeff);
  const units = [...curvatureLayers(steered).values()];
  const history = new Map<number, number>();
  const begin = performance.now();
  const scoreAt = async (beta: number): Promise<number> => {
    await yieldToHost(signal);
    units.forEach((unit) => unit.setBeta(beta));
    const result = await score(steered, beta);
    if (typeof result !== 'number' || Number.isNaN(result))
      throw new TypeError(`steerByScore: score must resolve to a number, got ${String(result)} at beta = ${beta}`);
    history.set(beta, result);
    const [done, total] = [history.size, betas.length];
    const left = secondsLeft((performance.now() - begin) / 1000, done, total);
    onProgress?.({ phase: 'steer', done, total, secondsLeft: left, beta, score: result });
    return result;
  };
  try {
    const { at, value } = await explainingExhaustion('steerByScore', () =>
      maximise(
        betas,
        async (wanted) => {
          const scores: number[] = [];
          for (const beta of wanted) scores.push(await scoreAt(beta));
          return scores;
        },
        search,
      ),
    );
    const beta = betas[at]!;
    units.forEach((unit) => unit.setBeta(beta));
    return {
      model: steered,
      beta,
      coeff,
      score: value,
      sites: sitesOf(steered),
      history: betas.flatMap((b) => (history.has(b) ? [{ beta: b, score: history.get(b)! }] : [])),
      dispose: () => void steered.dispose(),
    };
  } catch (error) {
    return rethrow(error, () => steered.dispose());
  }
}
