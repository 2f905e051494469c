/**
 * S-CT, steering: one curvature for the whole network, chosen without training the network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, fits, flag, func, listOf, oneOf, options, signal, unitInterval } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/datasets';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ActivationSite } from '../unit/activationSite.js';
import { siteSelectionEntries } from '../unit/activationSite.js';
import { yieldToHost } from '../host/yieldToHost.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { maximise } from './maximise.js';
import { examples } from '../examples/gatherExamples.js';
import { layersModel } from '../model/modelKind.js';
import type { LinearProbeOptions, Probed } from '../probe/probeRun.js';
import { linearProbeOptionEntries, ProbeRun } from '../probe/probeRun.js';
import { callingModels } from '../copy/rebuild.js';
import { rethrow } from '../host/rethrow.js';
import { sitesOf } from '../model/sitesOf.js';
import type { SteerStep } from './steerTrials.js';
import { SteerTrials } from './steerTrials.js';
import type { ReplaceActivationsOptions } from '../surgery/replaceActivations.js';
import { unitsInto } from '../surgery/unitsInto.js';

/** What the progress callback hears after each beta. */
export interface SteerProgress extends SteerStep {
  /** Betas done, and betas in all; with `search: 'golden'`, at most. */
  done: number;
  total: number;
  best: SteerStep;
  /** An estimate: the mean time of a beta so far, times the betas to go. */
  secondsLeft: number;
}

/** What every form of steering takes. */
interface Search extends Pick<ReplaceActivationsOptions, 'coeff' | 'include' | 'exclude' | 'kinds' | 'depth'> {
  /** The curvatures to try, in [0, 1], ascending for `search: 'golden'`. Default: 0.70, 0.71, ..., 0.99. */
  betas?: readonly number[] | undefined;
  /**
   * `'grid'` (default) tries every beta. `'golden'` narrows the grid down as golden-section search does, some ten betas
   * of thirty; the answer is the grid's where accuracy rises to one maximum and falls behind it.
   */
  search?: 'grid' | 'golden' | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

/** How steering searches the grid of curvatures, and how it trains the head for each. */
export interface SteerOptions extends LinearProbeOptions, Search {
  /**
   * `'paper'` takes no short cut: every beta runs the whole network and trains its own head, from its own random start.
   * Default `'strict'`: what lies before the first activation is computed once, features are interpolated between
   * betas, heads are trained side by side where memory allows, and all start alike, so that curvature is all that
   * differs.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /**
   * Whether `search: 'grid'` may compute features at some of the betas, eight of the default thirty, interpolate the
   * others, and compute those around the best after all. Default true; never under `'paper'`.
   */
  interpolate?: boolean | undefined;
  onProgress?: ((progress: SteerProgress) => void) | undefined;
}

/** A steered network with its new head, and the curvature that it was given. */
export interface SteerResult extends Probed {
  /** The curvature with the best validation accuracy; the first of the grid on ties. */
  beta: number;
  coeff: number;
  /** The activations that were steered. */
  sites: ActivationSite[];
  /** Every beta that was tried, in the order of the grid. */
  history: SteerStep[];
}

/** Steering by a score of one's own. */
export interface ScoreOptions extends Search {
  /** How good the network is at a beta; larger is better. Gets the steered model, which is not its to change. */
  score: (model: LayersModel, beta: number) => Promise<number>;
  onProgress?: ((progress: { beta: number; score: number; done: number; total: number }) => void) | undefined;
}

/** A steered network with its own head, chosen by the caller's score. */
export interface ScoreResult {
  /** A steered copy of the network, at the best beta; the caller disposes of it. */
  model: LayersModel;
  /** The curvature with the largest score; the first of the grid on ties. */
  beta: number;
  coeff: number;
  score: number;
  sites: ActivationSite[];
  /** Every beta that was tried, in the order of the grid. */
  history: { beta: number; score: number }[];
  dispose: () => void;
}

const searchEntries: Entries<Search> = {
  ...siteSelectionEntries,
  coeff: unitInterval,
  betas: listOf(unitInterval, { min: 1 }),
  search: oneOf('grid', 'golden'),
  signal,
};

export const steerArguments: Entries<{
  model: LayersModel;
  train: Examples;
  validation: Examples;
  options: SteerOptions;
}> = {
  model: layersModel,
  train: examples,
  validation: examples,
  options: options<SteerOptions>({
    ...linearProbeOptionEntries,
    ...searchEntries,
    protocol: oneOf('strict', 'paper'),
    interpolate: flag,
    onProgress: func(),
  }),
};

export const steerByScoreArguments: Entries<{ model: LayersModel; options: ScoreOptions }> = {
  model: layersModel,
  options: options<ScoreOptions>({ ...searchEntries, score: func(), onProgress: func() }, ['score']),
};

/** The grid of the paper: 0.70 to 0.99 in steps of 0.01. */
export const defaultBetas: readonly number[] = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);

/**
 * Finds the curvature that suits other data best, and fits a head to it.
 *
 *     const { beta, classifier } = await steer(model, train, validation);
 *     const { beta, model: robust } = await steer(model, { score: (steered) => robustAccuracy(steered) });
 *
 * For each beta of the grid: all ReLUs of a copy of the network become phi(x; beta, coeff), its features are extracted
 * and a linear head is fitted to them; the beta with the best validation accuracy wins. The network's weights are
 * never trained, so the method adds one hyper-parameter and no trainable one. With `score` that number decides, in
 * place of the probe, and no head is fitted.
 *
 * A model that has CT layers already (from `replaceActivations`, or of a GraphModel: `graphFeatures`) is copied as it
 * is.
 *
 * @throws TypeError when both examples and a score are given. RangeError when a beta lies outside [0, 1]; Error when
 * the model has no ReLU or the examples do not fit it. Source: arXiv 2502.07783, section 3.2 and 4.
 */
export function steer(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  options?: SteerOptions,
): Promise<SteerResult>;
export function steer(model: LayersModel, options: ScoreOptions): Promise<ScoreResult>;
export async function steer(
  model: LayersModel,
  trainOrScore: Examples | ScoreOptions,
  ...rest: [validation?: Examples, options?: SteerOptions]
): Promise<SteerResult | ScoreResult> {
  const [validation, options = {}] = rest;
  const byScore = isScore(trainOrScore) || (validation === undefined && !fits(examples, trainOrScore));
  if (byScore ? rest.some((argument) => argument !== undefined) : isScore(options))
    throw new TypeError(
      'steer: score takes the place of the examples, and nothing is fitted to them; pass steer(model, ' +
        '{score, ...options})',
    );
  return explainingExhaustion('steer', async () =>
    byScore ? await steerByScore(model, trainOrScore) : await steerByProbe(model, trainOrScore, validation!, options),
  );
}

/** By what it has: neither form is of a class. */
function isScore(value: Examples | ScoreOptions | SteerOptions): value is ScoreOptions {
  return typeof value === 'object' && value !== null && 'score' in value;
}

async function steerByProbe(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  options: SteerOptions,
): Promise<SteerResult> {
  check('steer', steerArguments, { model, train, validation, options });
  const { protocol = 'strict', seed = 42, interpolate = true, onProgress, signal } = options;
  const { betas, coeff, search } = checkSearch(options);
  const { steered: made, names } = prepare(model, options, coeff);
  const steered = callingModels(made);
  const { features } = options;
  const run = await ProbeRun.start('steer', steered, train, validation, {
    ...options,
    features: features === undefined ? undefined : (names.get(features) ?? features),
  });
  let trials: SteerTrials | undefined;
  try {
    const units = protocol === 'paper' ? [...curvatureLayers(steered).values()] : await run.cachePrefix();
    const report = (step: SteerStep): void => {
      const { history, best } = trials!;
      onProgress?.({
        ...step,
        done: history.length,
        total: betas.length,
        best,
        secondsLeft: secondsLeft(history, betas.length),
      });
      signal?.throwIfAborted();
    };
    trials = new SteerTrials(run, units, betas, options, report);
    if (protocol === 'paper') await trials.evaluateApart(seed);
    else if (search === 'grid' && interpolate) await trials.evaluateGrid();
    else await maximise(betas, (wanted) => trials!.evaluate(wanted), search);
  } catch (error) {
    return rethrow(
      error,
      () => trials?.dispose(),
      () => run.abandon(),
    );
  }
  const {
    history,
    best: { beta, validationAccuracy },
    bestHead,
  } = trials;
  curvatureLayers(steered).forEach((layer) => layer.setBeta(beta));
  const sites = sitesOf(steered);
  return { ...run.finish(bestHead), beta, coeff, sites, validationAccuracy, history };
}

async function steerByScore(model: LayersModel, options: ScoreOptions): Promise<ScoreResult> {
  check('steer', steerByScoreArguments, { model, options });
  const { score, onProgress, signal } = options;
  const { betas, coeff, search } = checkSearch(options);
  const { steered } = prepare(model, options, coeff);
  const units = [...curvatureLayers(steered).values()];
  const history = new Map<number, number>();
  try {
    const { at, value } = await maximise(
      betas,
      async (wanted) => {
        const scores: number[] = [];
        for (const beta of wanted) {
          await yieldToHost(signal);
          units.forEach((unit) => unit.setBeta(beta));
          const result = await score(steered, beta);
          if (typeof result !== 'number' || Number.isNaN(result))
            throw new TypeError(`steer: score must resolve to a number, got ${String(result)} at beta = ${beta}`);
          history.set(beta, result);
          onProgress?.({ beta, score: result, done: history.size, total: betas.length });
          scores.push(result);
        }
        return scores;
      },
      search,
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

function checkSearch({ betas = defaultBetas, coeff = 0.5, search = 'grid' }: Search): {
  betas: readonly number[];
  coeff: number;
  search: 'grid' | 'golden';
} {
  if (search === 'golden' && betas.some((beta, i) => i > 0 && beta <= betas[i - 1]!))
    throw new RangeError("steer: betas must ascend for search: 'golden'; sort them, or search the grid");
  return { betas, coeff, search };
}

/** The model with CT layers that is steered, and where the outputs of the old one's layers are. */
function prepare(
  model: LayersModel,
  { include, exclude, kinds, depth }: Search,
  coeff: number,
): { steered: LayersModel; names: ReadonlyMap<string, string> } {
  const {
    model: steered,
    names,
    hadUnits,
  } = unitsInto(model, { coeff, include, exclude, kinds, depth });
  if (hadUnits) curvatureLayers(steered).forEach((unit) => unit.setCoeff(coeff));
  return { steered, names };
}

function secondsLeft(history: SteerStep[], total: number): number {
  const spent = history.reduce((sum, step) => sum + step.seconds, 0);
  return (spent / history.length) * (total - history.length);
}
