/**
 * Softmax regression: the loss of a linear head on frozen features and its gradient, in closed form.
 *
 * The bias is the weight of a constant last feature, so that one matrix holds the whole head:
 * X is [examples, features + 1] with ones in the last column, W is [features + 1, classes], Y is one-hot.
 */
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { concat, div, matMul, ones, softmax, sub, tidy } from '@tensorflow/tfjs-core';
import { crossEntropyLoss } from '../head/crossEntropyLoss.js';

/** Appends the constant feature: [examples, features] -> [examples, features + 1]. */
export function withConstant(features: Tensor2D): Tensor2D {
  return tidy(() => concat<Tensor2D>([features, ones([features.shape[0], 1])], 1));
}

/** The mean cross-entropy of softmax(X·W) against Y. */
export function crossEntropy(x: Tensor2D, y: Tensor2D, w: Tensor2D): Scalar {
  return tidy(() => crossEntropyLoss(matMul(x, w), y));
}

/**
 * d crossEntropy / dW = Xᵀ·(softmax(X·W) − Y) / examples.
 *
 * X and W may have a leading axis of heads, which share Y.
 */
export function crossEntropyGradient<T extends Tensor2D | Tensor3D>(x: T, y: Tensor2D, w: T): T {
  return tidy(() => matMul<T>(x, div(sub(softmax(matMul(x, w)), y), y.shape[0]), true));
}
