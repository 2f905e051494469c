/**
 * S-CT, steering: one curvature for the whole network, chosen without training the network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, flag, func, options } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { callingModels } from '../copy/rebuild.js';
import { examples } from '../examples/gatherExamples.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { rethrow } from '../host/rethrow.js';
import type { Adapted, Validated } from '../model/adapted.js';
import { supersedes } from '../model/adapted.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { layersModel } from '../model/modelKind.js';
import { sitesOf } from '../model/sitesOf.js';
import type { LinearProbeOptions } from '../probe/probeRun.js';
import { linearProbeOptionEntries, ProbeRun } from '../probe/probeRun.js';
import type { ActivationSite } from '../unit/activationSite.js';
import { maximise, searchLength } from './maximise.js';
import { OwnStart } from './ownStart.js';
import type { SearchOptions } from './search.js';
import { isAtEdge, searchEntries, searchOf, steerableCopy, steeredCoeff, steerUnits } from './search.js';
import type { SteerProgress } from './steerProgress.js';
import { SteerProgressReporter } from './steerProgress.js';
import type { SteerPlan, SteerStep } from './steerTrials.js';
import { SteerTrials } from './steerTrials.js';

/** Options of `steer`. */
export interface SteerOptions extends Omit<LinearProbeOptions, 'onProgress'>, SearchOptions {
  /**
   * `'paper'` takes no short cut and adds nothing: every beta runs the whole network as it is stored and trains its
   * own head by Adam, from its own random start, and the first of the best betas wins. Default `'strict'`: heads are
   * trained to the optimum, batch normalisation is calibrated, the network's own start is a candidate, ties are broken
   * by the validation loss; what lies before the first activation is computed once, and features are interpolated
   * between betas.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /**
   * Whether the statistics of batch normalisation are re-estimated from the training images at every beta, as
   * `calibrate` does. Default true, where the network has some; never under `'paper'`.
   */
  calibrate?: boolean | undefined;
  /**
   * Whether `search: 'grid'` may compute features at some of the betas, nine of the default grid, interpolate the
   * others, and compute those around the best after all. Default true; never under `'paper'`.
   */
  interpolate?: boolean | undefined;
  /** Hears of every calibration and every fit. */
  onProgress?: ((progress: SteerProgress) => void) | undefined;
}

/** What `steer` gives; its history has every beta of the grid that was tried, in its order. */
export interface SteerResult extends Adapted<SteerStep> {
  /** What was kept: a beta of the grid, or the network's own start, calibrated or as it was given. */
  kept: 'steered' | 'calibrated' | 'given';
  /**
   * The curvature that was kept, of a network's own start 1 for ReLUs, 0.5 for SiLUs; null where the units of its own
   * start differ, and c also where those of several kinds are steered.
   */
  beta: number | null;
  coeff: number | null;
  /** The probe on the network as it was given; undefined under `'paper'`. */
  given: Validated | undefined;
  /** The same, calibrated: what steering is to be compared with; undefined where nothing was calibrated. */
  control: Validated | undefined;
  /** How many betas of the grid have the best accuracy among them: where there are many, the choice says little. */
  ties: number;
  /** Whether the best beta is the least or the largest of several, beyond which there may be a better one. */
  atEdge: boolean;
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
    calibrate: flag,
    interpolate: flag,
    onProgress: func(),
  }),
};

/**
 * Finds the curvature that suits other data best, and fits a head to it.
 *
 *     const { beta, classifier } = await steer(model, train, validation);
 *
 * For each beta of the grid: all ReLUs of a copy of the network, or what `kinds` names, become phi(x; beta, coeff) with
 * c = 0.5, where they were SiLUs or GELUs c = 1, unless `coeff` says otherwise; batch normalisation is
 * calibrated to the training images, features are extracted and a linear head is fitted to them; the beta that
 * validates best wins. The network's own start competes, with and without calibration, so that the result never
 * validates worse than `linearProbe` does; it is kept, too, where the best beta is better by less than two standard
 * errors of its accuracy and has the larger validation loss. The network's weights are never trained: the method adds
 * one hyper-parameter and no trainable one. `steerByScore` has a number of one's own decide, in place of the probe.
 *
 * A model that has CT layers already (from `replaceActivations`, or of a GraphModel: `graphFeatures`) is copied as it
 * is, and has that curvature for its own.
 *
 * @throws RangeError when a beta lies outside [0, 1]; Error when the model has no ReLU or the examples do not fit it.
 * Source: arXiv 2502.07783, section 3.2 and 4; `protocol: 'paper'`.
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
  const { protocol = 'strict', seed = 42, interpolate = true, features, coeff } = options;
  const { betas, search } = searchOf('steer', options);
  const progress = new SteerProgressReporter(options);
  const { steered: copy, names } = steerableCopy(model, options);
  const steered = callingModels(copy);
  const run = await ProbeRun.start(
    'steer',
    steered,
    { train, validation },
    {
      ...options,
      features: features === undefined ? undefined : (names.get(features) ?? features),
      progress: progress.counter,
    },
  );
  let trials: SteerTrials | undefined;
  let start: OwnStart | undefined;
  try {
    const calibrate = protocol === 'strict' && (options.calibrate ?? true) && run.canCalibrate;
    const onPlan = (plan: SteerPlan): void => progress.plan(run, calibrate, plan);
    trials = new SteerTrials(run, betas, {
      ...options,
      calibrate,
      onPlan,
      onStep: (step) => progress.tried(step, trials!.best),
    });
    const isInterpolated = protocol === 'strict' && interpolate && search === 'grid';
    const planned = isInterpolated ? trials.gridPlan : { betas: searchLength(betas.length, search) };
    progress.plan(run, calibrate, planned, protocol === 'paper' ? 0 : calibrate ? 2 : 1);
    if (protocol === 'strict') start = await OwnStart.validate(run, steered, calibrate);
    const units = protocol === 'paper' ? [...curvatureLayers(steered).values()] : await run.cachePrefix();
    steerUnits(units, { coeff });
    trials.useUnits(units);
    if (protocol === 'paper') await trials.evaluateApart(seed);
    else if (isInterpolated) await trials.evaluateGrid();
    else
      await maximise(betas, (wanted) => trials!.evaluate(wanted), {
        search,
        onPlan: (left) => onPlan({ betas: left }),
      });
    progress.counter.finish();
    return conclude({ run, steered, trials, start, coeff });
  } catch (error) {
    return rethrow(error, () => run.abandon());
  } finally {
    trials?.dispose();
    start?.dispose();
  }
}

/** What was tried, on which network. */
interface Tried {
  run: ProbeRun;
  steered: LayersModel;
  trials: SteerTrials;
  start: OwnStart | undefined;
  /** As it was asked for. */
  coeff: number | undefined;
}

/** Brings the network to what was best, and says how it compares. */
function conclude({ run, steered, trials, start, coeff }: Tried): SteerResult {
  const { history, best } = trials;
  const common = {
    given: start?.given,
    control: start?.calibrated,
    ties: history.filter(({ validationAccuracy }) => validationAccuracy === best.validationAccuracy).length,
    history,
  };
  const own = start?.best;
  if (own !== undefined && !supersedes(best, own, run.passes.validation)) {
    start!.restore(run);
    const { beta, coeff: ownCoeff } = start!.curvature;
    const { validationAccuracy, validationLoss } = own;
    return {
      ...run.finish(own.weights.clone()),
      kept: own.state,
      beta,
      coeff: ownCoeff,
      validationAccuracy,
      validationLoss,
      atEdge: false,
      sites: sitesOf(steered),
      ...common,
    };
  }
  const { beta, validationAccuracy, validationLoss } = best;
  const { weights, statistics } = trials.bestState;
  start?.setStatistics(run);
  run.setStatistics(statistics);
  const units = [...curvatureLayers(steered).values()];
  steerUnits(units, { beta, coeff });
  return {
    ...run.finish(weights.clone()),
    kept: 'steered',
    beta,
    coeff: steeredCoeff(units, coeff),
    validationAccuracy,
    validationLoss,
    atEdge: isAtEdge(
      beta,
      history.map((step) => step.beta),
      start?.curvature.beta,
    ),
    sites: sitesOf(steered),
    ...common,
  };
}
