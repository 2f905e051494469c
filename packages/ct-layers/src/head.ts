/**
 * A linear head on fixed features: how it is initialised and trained.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { cast, gather, keep, matMul, oneHot, slice, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { Adam } from './adam.js';
import { breathe } from './breathe.js';
import { initialHead } from './classifierHead.js';
import { lbfgs } from './lbfgs.js';
import { Random } from './random.js';
import { paperSchedule } from './schedule.js';
import { shareCorrect } from './shareCorrect.js';
import { crossEntropy, crossEntropyGradient, withConstant } from './softmaxRegression.js';

/** How a head is trained. */
export interface ProbeOptions {
  /**
   * `'paper'` (default): 20 epochs of Adam at 1e-3 in batches of 32, with a linear warm-up in epoch 1 and a tenth of
   * the rate after epoch 10; the epoch with the best validation accuracy is kept. On a few hundred examples that stops
   * far from the optimum. `'converged'`: L-BFGS to the minimum of the L2-regularised loss.
   */
  probe?: 'paper' | 'converged';
  /** Strength of the penalty |W|² / (2·C·examples) of `'converged'`, as scikit-learn's C. The bias is free. Default 1. */
  inverseRegularization?: number;
  /** For `'paper'`. Default 20. */
  epochs?: number;
  /** For `'paper'`. Default 1e-3. */
  learningRate?: number;
  /** For `'paper'`. Default 32. */
  batchSize?: number;
  /** Seeds the head's initial values and the order of the examples. Default 42. */
  seed?: number;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal;
}

/** A trained head: W is [features + 1, classes], the bias in the last row; the owner disposes of it. */
export interface FittedHead {
  weights: Tensor2D;
  validationAccuracy: number;
  history: number[];
}

/** Features and the classes they belong to. */
export interface FeatureSet {
  /** [examples, features] */
  features: Tensor2D;
  labels: Int32Array;
}

/** Fits a head to features; the caller disposes of the result's weights. */
export async function fitHead(train: FeatureSet, validation: FeatureSet, classes: number, options: ProbeOptions): Promise<FittedHead> {
  const x = withConstant(train.features);
  const y = tidy(() => cast(oneHot(tensor1d(train.labels, 'int32'), classes), 'float32') as Tensor2D);
  const validationX = withConstant(validation.features);
  try {
    const validate = async (w: Tensor2D): Promise<number> => {
      const scores = matMul(validationX, w);
      try {
        return await shareCorrect(scores, validation.labels);
      } finally {
        scores.dispose();
      }
    };
    const fit = options.probe === 'converged' ? fitConverged : fitPaper;
    return await fit(x, y, validate, options);
  } finally {
    [x, y, validationX].forEach((t) => t.dispose());
  }
}

type Fit = (x: Tensor2D, y: Tensor2D, validate: (w: Tensor2D) => Promise<number>, options: ProbeOptions) => Promise<FittedHead>;

const fitPaper: Fit = async (x, y, validate, { epochs = 20, learningRate = 1e-3, batchSize = 32, seed = 42, signal }) => {
  const random = new Random(seed);
  const examples = x.shape[0];
  const perEpoch = Math.ceil(examples / batchSize);
  let weights = initialHead(x.shape[1] - 1, y.shape[1], random);
  const adam = new Adam(weights);
  let best: { weights: Tensor2D; validationAccuracy: number } | undefined;
  const history: number[] = [];
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await breathe(signal);
      const [shuffledX, shuffledY] = tidy(() => {
        const order = tensor1d(random.permutation(examples), 'int32');
        return [gather(x, order), gather(y, order)] as [Tensor2D, Tensor2D];
      });
      for (let i = 0; i < perEpoch; i++) {
        const next = tidy(() => {
          const rows = (t: Tensor2D): Tensor2D => slice(t, i * batchSize, Math.min(batchSize, examples - i * batchSize));
          return adam.step(weights, crossEntropyGradient(rows(shuffledX), rows(shuffledY), weights), learningRate * paperSchedule(epoch, i, perEpoch));
        });
        weights.dispose();
        weights = next;
      }
      shuffledX.dispose();
      shuffledY.dispose();
      const validationAccuracy = await validate(weights);
      history.push(validationAccuracy);
      if (best === undefined || validationAccuracy > best.validationAccuracy) {
        best?.weights.dispose();
        best = { weights: keep(weights.clone()), validationAccuracy };
      }
    }
    if (best === undefined) throw new RangeError(`epochs must be at least 1, got ${epochs}`);
    return { ...best, history };
  } catch (error) {
    best?.weights.dispose();
    throw error;
  } finally {
    adam.dispose();
    weights.dispose();
  }
};

const fitConverged: Fit = async (x, y, validate, { inverseRegularization = 1, signal }) => {
  const shape: [number, number] = [x.shape[1], y.shape[1]];
  const penalty = 1 / (inverseRegularization * x.shape[0]);
  const penalised = (shape[0] - 1) * shape[1];
  let evaluations = 0;
  const evaluate = async (w: Float64Array): Promise<{ value: number; gradient: Float64Array }> => {
    if (evaluations++ % 20 === 0) await breathe(signal);
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
    return { value: value + 0.5 * penalty * squares, gradient };
  };
  const minimum = await lbfgs(evaluate, new Float64Array(shape[0] * shape[1]));
  const weights = tensor2d(Float32Array.from(minimum.x), shape);
  const validationAccuracy = await validate(weights);
  return { weights, validationAccuracy, history: [validationAccuracy] };
};
