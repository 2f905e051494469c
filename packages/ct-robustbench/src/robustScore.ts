/**
 * A score by which a hyper-parameter of a network, such as its curvature, is chosen for robustness.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from './attackedModel.js';
import { imageFunction } from './attackedModel.js';
import type { AutoAttackOptions } from './autoAttack.js';
import { autoAttack } from './autoAttack.js';
import { firstImages } from './testImages.js';

/** What was measured for one value of the hyper-parameter. */
export interface RobustScore {
  beta: number;
  cleanAccuracy: number;
  robustAccuracy: number;
}

export interface RobustScoreOptions extends AutoAttackOptions {
  /** `[batch, height, width, channels]`, pixels in [0, 1]: held-out images, neither trained on nor reported on. */
  images: tf.Tensor4D;
  labels: tf.Tensor | ArrayLike<number>;
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
 *     await steer(model, train, validation, { score });       // of @curvature-tuning/layers
 *
 * @throws TypeError when `paper` lacks mean and std.
 * Departs, as `held-out`, from the authors, who choose beta by the accuracy that they report (spec of the paper's code).
 */
export function robustScore({ images, labels, n = images.shape[0], protocol = 'held-out', mean, std, onScore, ...attack }: RobustScoreOptions): RobustScoreFunction {
  if (protocol === 'paper' && (mean === undefined || std === undefined)) {
    throw new TypeError("robustScore: protocol 'paper' needs mean and std of the normalisation, got none; pass {mean: [...], std: [...]}");
  }
  const history: RobustScore[] = [];
  const score = async (model: Model, beta: number): Promise<number> => {
    const chosen = await firstImages(images, labels, n);
    // The authors' attack clips to [0, 1] whatever it gets: so do we, to the letter.
    const attacked = protocol === 'paper' ? tf.tidy(() => tf.clipByValue(tf.div(tf.sub(chosen.images, tf.tensor1d([...mean!])), tf.tensor1d([...std!])), 0, 1)) : chosen.images;
    try {
      const result = await autoAttack(model, attacked, chosen.labels, attack);
      result.adversarial.dispose();
      const clean = protocol === 'paper' ? await paperCleanAccuracy(model, chosen, mean!, std!) : result.cleanAccuracy;
      const entry = { beta, cleanAccuracy: clean, robustAccuracy: result.robustAccuracy };
      history.push(entry);
      onScore?.(entry);
      return result.robustAccuracy;
    } finally {
      tf.dispose([chosen.images, attacked]);
    }
  };
  return Object.assign(score, { history, protocol });
}

/** Clean accuracy on normalised images, which are not clipped where no attack runs. */
async function paperCleanAccuracy(model: Model, { images, labels }: { images: tf.Tensor4D; labels: Int32Array }, mean: readonly number[], std: readonly number[]): Promise<number> {
  const predicted = tf.tidy(() => tf.argMax(imageFunction(model)(tf.div(tf.sub(images, tf.tensor1d([...mean])), tf.tensor1d([...std]))), 1));
  const classes = await predicted.data();
  predicted.dispose();
  return labels.reduce((sum, label, i) => sum + Number(classes[i] === label), 0) / labels.length;
}
