/**
 * A score by which a hyper-parameter of a network, such as its curvature, is chosen for robustness.
 */
import {
  check,
  count,
  func,
  labels as labelsSchema,
  oneOf,
  options as optionsOf,
  real,
} from '@curvature-tuning/checks';
import type { Entries, Labels } from '@curvature-tuning/checks';
import * as tf from '@tensorflow/tfjs-core';
import { imagesSchema4D } from '../data/readImages.js';
import type { CleanScore } from '../data/testImages.js';
import { checkCounts, cleanScore, firstImages } from '../data/testImages.js';
import type { AutoAttackOptions } from '../evaluation/autoAttack.js';
import { attackOptionEntries, autoAttack, threatEntries } from '../evaluation/autoAttack.js';
import { planOf } from '../evaluation/versions.js';
import type { Model } from '../model/attackedModel.js';
import { modelSchema } from '../model/attackedModel.js';
import type { Normalization } from '../model/normalized.js';
import { normalization, normalizationEntries, normalized } from '../model/normalized.js';

/** What was measured for one value of the hyper-parameter. */
export interface RobustScore {
  beta: number;
  cleanAccuracy: number;
  robustAccuracy: number;
}

/** The images, and the attack, that robustness is measured with. */
export interface RobustScoreOptions extends AutoAttackOptions {
  /** `[batch, height, width, channels]`, pixels in [0, 1]: held-out images, neither trained on nor reported on. */
  images: tf.Tensor4D;
  labels: Labels;
  /** How many of them, from the first on. Default: all. */
  n?: number;
  /**
   * `held-out` (default): `images` are held out, the model takes pixels in [0, 1].
   *
   * `paper`: reproduces the authors' protocol, which makes figures that are not comparable with others: `images` are
   * the very test images that are reported on, and the attack runs in normalised space: the images are normalised
   * with `mean` and `std`, clipped to [0, 1] as their attack does, and eps applies to normalised values.
   */
  protocol?: 'held-out' | 'paper';
  /** Per channel, for `paper`: the normalisation that the model expects. */
  mean?: readonly number[];
  std?: readonly number[];
  /** Hears clean and robust accuracy of every beta. */
  onScore?: (score: RobustScore) => void;
}

export const robustScoreArguments: Entries<{ options: RobustScoreOptions }> = {
  options: optionsOf<RobustScoreOptions>(
    {
      ...threatEntries,
      ...attackOptionEntries,
      images: imagesSchema4D,
      labels: labelsSchema,
      n: count,
      protocol: oneOf('held-out', 'paper'),
      ...normalizationEntries,
      onScore: func(),
    },
    ['norm', 'eps', 'images', 'labels'],
  ),
};

export const scoreArguments: Entries<{ model: Model; beta: number }> = { model: modelSchema, beta: real() };

/** The score, what it saw so far, and the protocol that reports must name. */
export interface RobustScoreFunction {
  (model: Model, beta: number): Promise<number>;
  readonly history: readonly RobustScore[];
  readonly protocol: 'held-out' | 'paper';
}

/**
 * Makes the score: robust accuracy under AutoAttack.
 *
 *     const score = robustScore({ norm: 'Linf', eps: 8 / 255, images, labels, n: 200 });
 *     const { beta, model: robust } = await steerByScore(model, score); // of @curvature-tuning/layers
 *
 * @throws TypeError when `paper` lacks mean and std, or `held-out` has them; what `autoAttack` throws.
 * Departs, as `held-out`, from the authors, who choose beta by the accuracy that they report (spec of the paper's
 * code).
 */
export function robustScore(options: RobustScoreOptions): RobustScoreFunction {
  check('robustScore', robustScoreArguments, { options });
  const { images, labels, n, protocol = 'held-out', mean, std, onScore, ...attack } = options;
  planOf('robustScore', attack.version ?? 'standard', attack.norm, attack.attacks, attack.settings);
  checkCounts('robustScore', images, labels, n);
  const paper = normalizationOf(protocol, mean, std);
  const history: RobustScore[] = [];
  const score = async (model: Model, beta: number): Promise<number> => {
    check('robustScore', scoreArguments, { model, beta });
    const chosen = firstImages('robustScore', images, labels, n);
    let attacked: tf.Tensor | undefined;
    try {
      // The authors' attack clips to [0, 1] whatever it gets: so do we, to the letter.
      attacked =
        paper === undefined
          ? tf.clone(chosen.images)
          : tf.tidy(() => tf.clipByValue(normalization('robustScore', paper)(chosen.images), 0, 1));
      const result = await autoAttack(model, attacked, chosen.labels, attack);
      result.adversarial.dispose();
      // On images that are not clipped where no attack runs.
      const clean =
        paper === undefined
          ? result.cleanAccuracy
          : shareOf(
              await cleanScore('robustScore', normalized(model, paper), chosen.images, chosen.labels, attack.signal),
            );
      const entry = { beta, cleanAccuracy: clean, robustAccuracy: result.robustAccuracy };
      history.push(entry);
      onScore?.(entry);
      return result.robustAccuracy;
    } finally {
      attacked?.dispose();
      chosen.dispose();
    }
  };
  return Object.assign(score, { history, protocol });
}

function normalizationOf(
  protocol: 'held-out' | 'paper',
  mean: readonly number[] | undefined,
  std: readonly number[] | undefined,
): Normalization | undefined {
  if (protocol === 'held-out') {
    if (mean === undefined && std === undefined) return undefined;
    throw new TypeError(
      "robustScore: mean and std go with protocol 'paper', got protocol 'held-out'; put normalisation " +
        'inside the model: normalized(model, {mean, std})',
    );
  }
  if (mean === undefined || std === undefined)
    throw new TypeError(
      "robustScore: protocol 'paper' needs mean and std of the normalisation, got none; pass {mean: [...], std: [...]}",
    );
  normalization('robustScore', { mean, std });
  return { mean, std };
}

function shareOf({ right, count }: CleanScore): number {
  return right / count;
}
