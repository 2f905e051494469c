/**
 * S-CT, steering: one curvature for the whole network, chosen without training the network.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { unitValue } from './ctActivation.js';
import type { FittedHead } from './head.js';
import type { LinearProbeOptions, Probed } from './probeRun.js';
import { ProbeRun } from './probeRun.js';
import type { ActivationSite } from './activationSite.js';
import type { ReplaceActivationsOptions } from './surgery.js';
import { replaceActivations } from './surgery.js';

/** One beta of the grid. */
export interface SteerStep {
  beta: number;
  validationAccuracy: number;
  /** Wall time for the features and the head of this beta. */
  seconds: number;
}

/** What the progress callback hears after each beta. */
export interface SteerProgress extends SteerStep {
  /** Betas done, and betas in all. */
  done: number;
  total: number;
  best: { beta: number; validationAccuracy: number };
  /** An estimate: the mean time of a beta so far, times the betas to go. */
  secondsLeft: number;
}

export interface SteerOptions extends LinearProbeOptions, Pick<ReplaceActivationsOptions, 'coeff' | 'include' | 'exclude'> {
  /** The curvatures to try, in [0, 1]. Default: 0.70, 0.71, ..., 0.99. */
  betas?: readonly number[];
  onProgress?: (progress: SteerProgress) => void;
}

export interface SteerResult extends Probed {
  /** The curvature with the best validation accuracy; the first of the grid on ties. */
  beta: number;
  coeff: number;
  /** The activations that were steered. */
  sites: ActivationSite[];
  /** Every beta of the grid, in order. */
  history: SteerStep[];
}

/** The grid of the paper: 0.70 to 0.99 in steps of 0.01. */
export const defaultBetas: readonly number[] = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);

/**
 * Finds the curvature that suits other data best, and fits a head to it.
 *
 *     const { beta, classifier } = await steer(model, train, validation);
 *
 * For each beta of the grid: all ReLUs of a copy of the network become phi(x; beta, coeff), its features are extracted
 * and a linear head is fitted to them; the beta with the best validation accuracy wins. The network's weights are
 * never trained, so the method adds one hyper-parameter and no trainable one. Every beta starts from the same
 * initial head and order of examples, so that curvature is all that differs (the authors draw anew for each).
 *
 * @throws RangeError when a beta lies outside [0, 1]; Error when the model has no ReLU or the examples do not fit it.
 * Source: arXiv 2502.07783, section 3.2 and 4.
 */
export async function steer(model: LayersModel, train: Examples, validation: Examples, options: SteerOptions = {}): Promise<SteerResult> {
  const { betas = defaultBetas, coeff = 0.5, include, exclude, onProgress } = options;
  if (betas.length === 0) throw new RangeError('steer: betas must hold at least one curvature, got none');
  betas.forEach((beta) => unitValue('steer', 'beta', beta));
  unitValue('steer', 'coeff', coeff);
  const steered = replaceActivations(model, { coeff, ...(include !== undefined && { include }), ...(exclude !== undefined && { exclude }) });
  const run = await ProbeRun.start('steer', steered.model, train, validation, options);

  let best: (FittedHead & { beta: number }) | undefined;
  const history: SteerStep[] = [];
  try {
    for (const beta of betas) {
      const begin = performance.now();
      steered.setBeta(beta);
      const fitted = await run.fit();
      if (best === undefined || fitted.validationAccuracy > best.validationAccuracy) {
        best?.weights.dispose();
        best = { ...fitted, beta };
      } else {
        fitted.weights.dispose();
      }
      const step = { beta, validationAccuracy: fitted.validationAccuracy, seconds: (performance.now() - begin) / 1000 };
      history.push(step);
      onProgress?.({ ...step, done: history.length, total: betas.length, best: { beta: best.beta, validationAccuracy: best.validationAccuracy }, secondsLeft: secondsLeft(history, betas.length) });
    }
  } catch (error) {
    run.abandon(best?.weights);
    throw error;
  }
  const { beta, weights, validationAccuracy } = best!;
  steered.setBeta(beta);
  return { ...run.finish(weights), beta, coeff, sites: steered.sites, validationAccuracy, history };
}

function secondsLeft(history: SteerStep[], total: number): number {
  const spent = history.reduce((sum, step) => sum + step.seconds, 0);
  return (spent / history.length) * (total - history.length);
}
