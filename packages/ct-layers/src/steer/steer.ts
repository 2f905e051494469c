/**
 * S-CT, steering: one curvature for the whole network, chosen without training the network.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { check, flag, func, oneOf, options, secondsLeft } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { callingModels } from '../copy/rebuild.js';
import { examples } from '../examples/gatherExamples.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { rethrow } from '../host/rethrow.js';
import type { Adapted } from '../model/adapted.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { layersModel } from '../model/modelKind.js';
import { sitesOf } from '../model/sitesOf.js';
import type { LinearProbeOptions } from '../probe/probeRun.js';
import { linearProbeOptionEntries, ProbeRun } from '../probe/probeRun.js';
import type { ActivationSite } from '../unit/activationSite.js';
import { maximise } from './maximise.js';
import type { SearchOptions } from './search.js';
import { searchEntries, searchOf, steerableCopy } from './search.js';
import type { SteerStep } from './steerTrials.js';
import { SteerTrials } from './steerTrials.js';

/**
 * What the progress callback hears after each beta; `phase` is `'steer'`, `done` and `total` count betas, with `search:
 * 'golden'` at most so many.
 */
export interface SteerProgress extends Progress, SteerStep {
  /** The best so far. */
  best: SteerStep;
}

/** Options of `steer`. */
export interface SteerOptions extends LinearProbeOptions, SearchOptions {
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

/** What `steer` gives; its history has every beta that was tried, in the order of the grid. */
export interface SteerResult extends Adapted<SteerStep> {
  /** The curvature with the best validation accuracy; the first of the grid on ties. */
  beta: number;
  coeff: number;
  /** The activations that were steered. */
  sites: ActivationSite[];
}

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

/**
 * Finds the curvature that suits other data best, and fits a head to it.
 *
 *     const { beta, classifier } = await steer(model, train, validation);
 *
 * For each beta of the grid: all ReLUs of a copy of the network become phi(x; beta, coeff), its features are extracted
 * and a linear head is fitted to them; the beta with the best validation accuracy wins. The network's weights are
 * never trained, so the method adds one hyper-parameter and no trainable one. `steerByScore` has a number of one's own
 * decide, in place of the probe.
 *
 * A model that has CT layers already (from `replaceActivations`, or of a GraphModel: `graphFeatures`) is copied as it
 * is.
 *
 * @throws RangeError when a beta lies outside [0, 1]; Error when the model has no ReLU or the examples do not fit it.
 * Source: arXiv 2502.07783, section 3.2 and 4.
 */
export async function steer(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  options: SteerOptions = {},
): Promise<SteerResult> {
  check('steer', steerArguments, { model, train, validation, options });
  return explainingExhaustion('steer', () => steerByProbe(model, train, validation, options));
}

async function steerByProbe(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  options: SteerOptions,
): Promise<SteerResult> {
  const { protocol = 'strict', seed = 42, interpolate = true, onProgress, signal } = options;
  const { betas, coeff, search } = searchOf('steer', options);
  const { steered: copy, names } = steerableCopy(model, options, coeff);
  const steered = callingModels(copy);
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
      const spent = history.reduce((sum, { seconds }) => sum + seconds, 0);
      const [done, total] = [history.length, betas.length];
      onProgress?.({ phase: 'steer', done, total, secondsLeft: secondsLeft(spent, done, total), ...step, best });
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
