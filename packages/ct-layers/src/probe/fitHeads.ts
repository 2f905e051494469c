/**
 * A linear head on fixed features: how it is initialised and trained.
 */
import type { Entries } from '@curvature-tuning/checks';
import { count, oneOf, options, real, seed, signal } from '@curvature-tuning/checks';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import {
  argMax,
  expandDims,
  gather,
  logSumExp,
  matMul,
  mean,
  mul,
  stack,
  sub,
  sum,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  tile,
  unstack,
  where,
} from '@tensorflow/tfjs-core';
import { Adam } from '../head/adam.js';
import { yieldToHost } from '../host/yieldToHost.js';
import type { AdaptationStep, Validated } from '../model/adapted.js';
import { initialHead } from '../head/classifierHead.js';
import { lbfgs } from './lbfgs.js';
import { oneHotRows } from '../examples/oneHotRows.js';
import { Random } from '../examples/random.js';
import type { LearningRates } from '../head/learningRates.js';
import { learningRate } from '../head/learningRates.js';
import { paperSchedule } from '../head/schedule.js';
import { crossEntropy, crossEntropyGradient, withConstant } from './softmaxRegression.js';
import { whitening } from './whitening.js';

/** What trains a head on fixed features. */
export type Solver = 'lbfgs' | 'adam';

/** How a head is trained. */
export interface ProbeOptions {
  /** `'paper'`: heads are trained as in the paper, see `solver`. Default `'strict'`. */
  protocol?: 'strict' | 'paper' | undefined;
  /**
   * `'lbfgs'`: to the minimum of the L2-regularised loss, the default. `'adam'`, the default under `protocol: 'paper'`:
   * 20 epochs of Adam at 1e-3 in batches of 32, with a linear warm-up in epoch 1 and a tenth of the rate after epoch
   * 10; the epoch with the best validation accuracy is kept. On a few hundred examples that stops far from the optimum.
   */
  solver?: Solver | undefined;
  /**
   * Strength of the penalty |W|² / (2·C·examples) of `'lbfgs'`, as scikit-learn's C. The bias is free. Default 1.
   */
  inverseRegularization?: number | undefined;
  /** For `'adam'`. Default 20. */
  epochs?: number | undefined;
  /** For `'adam'`. Default 1e-3. */
  learningRate?: Pick<LearningRates, 'head'> | undefined;
  /** For `'adam'`. Default 32. */
  batchSize?: number | undefined;
  /** Seeds the head's initial values and the order of the examples. Default 42. */
  seed?: number | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

/** How heads are fitted, and who hears of it. */
export interface FitHeadsOptions extends ProbeOptions {
  /** Hears that the work goes on: of every epoch of `'adam'`, and of every twentieth evaluation of `'lbfgs'`. */
  onPass?: (() => void) | undefined;
}

export const probeOptionEntries: Entries<ProbeOptions> = {
  protocol: oneOf('strict', 'paper'),
  solver: oneOf('lbfgs', 'adam'),
  inverseRegularization: real({ above: 0 }),
  epochs: count,
  learningRate: options<Pick<LearningRates, 'head'>>({ head: learningRate }),
  batchSize: count,
  seed,
  signal,
};

/** A trained head: W is [features + 1, classes], the bias in the last row; the owner disposes of it. */
export interface FittedHead {
  weights: Tensor2D;
  validationAccuracy: number;
  /** Mean cross-entropy in nats. */
  validationLoss: number;
  history: AdaptationStep[];
}

/** Features and the classes they belong to. */
export interface FeatureSet {
  /** [examples, features] */
  features: Tensor2D;
  labels: Int32Array;
}

/**
 * Fits a head of its own to each of several sets of features of the same examples; the caller disposes of the weights.
 *
 * Heads of `'adam'` are trained side by side, as one batch of matrices: on small heads it is the number of kernels that
 * costs. Those of `'lbfgs'` follow each other, each starting from the optimum of the one before; the loss is convex, so
 * that the start decides on the time alone.
 *
 * @param caller Names the caller in errors.
 * @param sets Features of the training and of the validation examples, a pair a head; all have the labels of the first.
 */
export async function fitHeads(
  caller: string,
  sets: readonly (readonly [train: FeatureSet, validation: FeatureSet])[],
  classes: number,
  given: FitHeadsOptions,
): Promise<FittedHead[]> {
  const [train, validation] = [sets.map(([set]) => set), sets.map(([, set]) => set)];
  const y = tidy(() => oneHotRows(tensor1d(train[0]!.labels, 'int32'), classes));
  const stacked = [train, validation].map((split) =>
    tidy(() => stack(split.map(({ features }) => withConstant(features))) as Tensor3D),
  );
  const [x, validationX] = stacked as [Tensor3D, Tensor3D];
  try {
    const { labels } = validation[0]!;
    const validate = async (weights: Tensor3D): Promise<Validated[]> => {
      const [predicted, losses] = tidy(() => {
        const logits = matMul(validationX, weights);
        const target = oneHotRows(tensor1d(labels, 'int32'), classes);
        return [argMax(logits, 2), mean(sub(logSumExp(logits, 2), sum(mul(logits, target), 2)), 1)] as [Tensor, Tensor];
      });
      const [values, loss] = [await predicted.data(), await losses.data()];
      predicted.dispose();
      losses.dispose();
      if (!loss.every(Number.isFinite))
        throw new RangeError(
          `${caller}: the head's scores of the validation examples are not finite; lower the learning rate, or ` +
            'raise the regularization',
        );
      return validation.map((_, head) => ({
        validationAccuracy:
          labels.reduce((hits, label, i) => hits + (values[head * labels.length + i] === label ? 1 : 0), 0) /
          labels.length,
        validationLoss: loss[head]!,
      }));
    };
    const { solver = given.protocol === 'paper' ? 'adam' : 'lbfgs' } = given;
    return await (solver === 'lbfgs' ? fitByLbfgs : fitByAdam)(x, y, validate, given);
  } finally {
    [x, y, validationX].forEach((t) => t.dispose());
  }
}

/** x is [heads, examples, features + 1], y one-hot; `validate` takes [heads, features + 1, classes]. */
type Fit = (
  x: Tensor3D,
  y: Tensor2D,
  validate: (weights: Tensor3D) => Promise<Validated[]>,
  options: FitHeadsOptions,
) => Promise<FittedHead[]>;

const fitByAdam: Fit = async (x, y, validate, options) => {
  const { epochs = 20, batchSize = 32, signal, onPass } = options;
  const rate = options.learningRate?.head ?? 1e-3;
  const random = new Random(options.seed ?? 42);
  const [heads, examples, inputs] = x.shape;
  const perEpoch = Math.ceil(examples / batchSize);
  let weights = tidy(() => tile(expandDims<Tensor3D>(initialHead(inputs - 1, y.shape[1], random), 0), [heads, 1, 1]));
  const adam = new Adam(weights);
  let best = weights.clone();
  const kept: Validated[] = Array.from({ length: heads }, () => ({ validationAccuracy: -1, validationLoss: Infinity }));
  const history = Array.from({ length: heads }, (): AdaptationStep[] => []);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await yieldToHost(signal);
      onPass?.();
      const order = random.permutation(examples);
      for (let i = 0; i < perEpoch; i++) {
        const next = tidy(() => {
          const rows = tensor1d(order.subarray(i * batchSize, (i + 1) * batchSize), 'int32');
          const slope = crossEntropyGradient(gather(x, rows, 1), gather(y, rows), weights);
          return adam.step(weights, slope, rate * paperSchedule(epoch, i, perEpoch));
        });
        weights.dispose();
        weights = next;
      }
      const found = await validate(weights);
      const better = found.map((one, head) => one.validationAccuracy > kept[head]!.validationAccuracy);
      found.forEach((one, head) => {
        history[head]!.push(one);
        if (better[head]) kept[head] = one;
      });
      const next = tidy(() => where<Tensor3D>(tensor3d(better.map(Number), [heads, 1, 1], 'bool'), weights, best));
      best.dispose();
      best = next;
    }
    return tidy(() => unstack(best) as Tensor2D[]).map((head, i) => ({
      weights: head,
      ...kept[i]!,
      history: history[i]!,
    }));
  } finally {
    adam.dispose();
    weights.dispose();
    best.dispose();
  }
};

const fitByLbfgs: Fit = async (x, y, validate, options) => {
  let start: Float64Array | undefined;
  const sets = tidy(() => unstack(x) as Tensor2D[]);
  const fitted: Tensor2D[] = [];
  try {
    for (const features of sets) {
      start = await minimise(features, y, start, options);
      fitted.push(tensor2d(Float32Array.from(start), [features.shape[1], y.shape[1]]));
    }
    const weights = tidy(() => stack(fitted) as Tensor3D);
    const found = await validate(weights).finally(() => weights.dispose());
    return fitted.map((head, i) => ({ weights: head, ...found[i]!, history: [found[i]!] }));
  } catch (error) {
    fitted.forEach((head) => head.dispose());
    throw error;
  } finally {
    sets.forEach((features) => features.dispose());
  }
};

/** Multiplications of a change of variables, per step, above which it costs more than it saves. */
const MOST_WHITENING = 2 ** 25;

/** The minimum of the penalised loss, flat, as `[features + 1, classes]`. */
async function minimise(
  x: Tensor2D,
  y: Tensor2D,
  start: Float64Array | undefined,
  { inverseRegularization = 1, signal, onPass }: FitHeadsOptions,
): Promise<Float64Array> {
  const shape: [number, number] = [x.shape[1], y.shape[1]];
  const penalty = 1 / (inverseRegularization * x.shape[0]);
  const penalised = (shape[0] - 1) * shape[1];
  const white = shape[0] ** 2 * shape[1] > MOST_WHITENING ? undefined : await whitening(x, shape[1], penalty);
  let evaluations = 0;
  const evaluate = async (u: Float64Array): Promise<{ value: number; gradient: Float64Array }> => {
    if (evaluations++ % 20 === 0) {
      await yieldToHost(signal);
      onPass?.();
    }
    const w = white?.unwhiten(u) ?? u;
    const [loss, slope] = tidy(() => {
      const weights = tensor2d(Float32Array.from(w), shape);
      return [crossEntropy(x, y, weights), crossEntropyGradient(x, y, weights)] as [Tensor, Tensor];
    });
    const [value, gradient] = [(await loss.data())[0]!, Float64Array.from(await slope.data())];
    loss.dispose();
    slope.dispose();
    let squares = 0;
    for (let i = 0; i < penalised; i++) {
      squares += w[i]! * w[i]!;
      gradient[i]! += penalty * w[i]!;
    }
    return { value: value + 0.5 * penalty * squares, gradient: white?.whitenGradient(gradient) ?? gradient };
  };
  const from = start ?? new Float64Array(shape[0] * shape[1]);
  const { x: found } = await lbfgs(evaluate, white?.whiten(from) ?? from);
  return white?.unwhiten(found) ?? found;
}
