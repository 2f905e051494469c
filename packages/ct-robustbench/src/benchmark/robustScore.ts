/**
 * A score by which a hyper-parameter of a network, such as its curvature, is chosen for robustness.
 */
import { anyOf, check, count, func, nothing, oneOf, options as optionsOf, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clipByValue, clone, tidy } from '@tensorflow/tfjs-core';
import type { CleanScore } from '../data/testImages.js';
import { checkExamples, cleanScore, examplesSchema, firstImages } from '../data/testImages.js';
import type { AutoAttackOptions } from '../evaluation/autoAttack.js';
import { attackOptionEntries, autoAttack, threatEntries } from '../evaluation/autoAttack.js';
import { planOf } from '../evaluation/versions.js';
import type { Model } from '../model/attackedModel.js';
import { modelSchema } from '../model/attackedModel.js';
import type { Normalization } from '../model/normalized.js';
import { normalization, normalizationEntries, normalized } from '../model/normalized.js';

/** What was measured for one value of the hyper-parameter. */
export interface RobustScore {
  /** Null for a network whose units have more than one. */
  beta: number | null;
  cleanAccuracy: number;
  robustAccuracy: number;
}

/** What is attacked for the score, and how. */
export interface RobustScoreOptions extends AutoAttackOptions {
  /** How many images, from the first on. Default: all. */
  n?: number | undefined;
  /**
   * `strict` (default): the examples are held out, the model takes pixels in [0, 1].
   *
   * `paper`: reproduces the authors' protocol, which makes figures that are not comparable with others: the
   * examples are the very test images that are reported on, and the attack runs in normalised space: the images are
   * normalised with `mean` and `std`, clipped to [0, 1] as their attack does, and eps applies to normalised values.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /** Per channel, for `paper`: the normalisation that the model expects. */
  mean?: readonly number[] | undefined;
  std?: readonly number[] | undefined;
  /** Hears clean and robust accuracy of every beta. */
  onScore?: ((score: RobustScore) => void) | undefined;
}

export const robustScoreArguments: Entries<{ examples: Examples; options: RobustScoreOptions }> = {
  examples: examplesSchema,
  options: optionsOf<RobustScoreOptions>(
    {
      ...threatEntries,
      ...attackOptionEntries,
      n: count,
      protocol: oneOf('strict', 'paper'),
      ...normalizationEntries,
      onScore: func(),
    },
    ['norm', 'eps'],
  ),
};

export const scoreArguments: Entries<{ model: Model; beta: number | null }> = {
  model: modelSchema,
  beta: anyOf(real(), nothing),
};

/** The score, what it saw so far, and the protocol that reports must name. */
export interface RobustScoreFunction {
  (model: Model, beta: number | null): Promise<number>;
  readonly history: readonly RobustScore[];
  readonly protocol: 'strict' | 'paper';
}

/**
 * Makes the score: robust accuracy under AutoAttack.
 *
 *     const score = robustScore({ images, labels }, { norm: 'Linf', eps: 8 / 255, n: 200 });
 *     const { beta, model: robust } = await steerByScore(model, score); // of @curvature-tuning/layers
 *
 * @param examples `[batch, height, width, channels]`, pixels in [0, 1]: held-out images, neither trained on nor
 * reported on. A data set is read anew for each score.
 * @throws TypeError when `paper` lacks mean and std, or `strict` has them; what `autoAttack` throws.
 * Departs, as `strict`, from the authors, who choose beta by the accuracy that they report (spec of the paper's
 * code).
 */
export function robustScore(examples: Examples, options: RobustScoreOptions): RobustScoreFunction {
  check('robustScore', robustScoreArguments, { examples, options });
  const { n, protocol = 'strict', mean, std, onScore, ...attack } = options;
  planOf('robustScore', attack);
  checkExamples('robustScore', examples, n);
  const paper = normalizationOf(protocol, mean, std);
  const history: RobustScore[] = [];
  const score = async (model: Model, beta: number | null): Promise<number> => {
    check('robustScore', scoreArguments, { model, beta });
    const chosen = await firstImages('robustScore', examples, n);
    let attacked: Tensor | undefined;
    try {
      // The authors' attack clips to [0, 1] whatever it gets: so do we, to the letter.
      attacked =
        paper === undefined
          ? clone(chosen.images)
          : tidy(() => clipByValue(normalization('robustScore', paper)(chosen.images), 0, 1));
      const result = await autoAttack(model, { images: attacked, labels: chosen.labels }, attack);
      result.adversarial.dispose();
      // On images that are not clipped where no attack runs.
      const clean =
        paper === undefined
          ? result.cleanAccuracy
          : shareOf(await cleanScore('robustScore', normalized(model, paper), chosen, { signal: attack.signal }));
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
  protocol: 'strict' | 'paper',
  mean: readonly number[] | undefined,
  std: readonly number[] | undefined,
): Normalization | undefined {
  if (protocol === 'strict') {
    if (mean === undefined && std === undefined) return undefined;
    throw new TypeError(
      "robustScore: mean and std go with protocol 'paper', got protocol 'strict'; put normalisation " +
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
