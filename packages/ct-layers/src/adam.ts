/**
 * Adam for one tensor (Kingma and Ba, arXiv 1412.6980, algorithm 1), as PyTorch's `torch.optim.Adam` computes it:
 *
 *     m <- b1·m + (1 − b1)·g,  v <- b2·v + (1 − b2)·g²,  w <- w − lr·(m / (1 − b1^t)) / (sqrt(v / (1 − b2^t)) + eps)
 *
 * with b1 = 0.9, b2 = 0.999, eps = 1e-8 and no weight decay.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, div, keep, mul, sqrt, square, sub, tidy, zerosLike } from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The optimiser's state for one tensor; `dispose` frees it. */
export class Adam {
  private first: Tensor;
  private second: Tensor;
  private steps = 0;

  constructor(weights: Tensor) {
    this.first = keep(zerosLike(weights));
    this.second = keep(zerosLike(weights));
  }

  /** Returns the updated weights; the caller disposes of the old ones and of the gradient. */
  step<T extends Tensor>(weights: T, gradient: T, learningRate: number): T {
    this.steps++;
    const [updated, first, second] = tidy(() => {
      const m = add(mul(this.first, BETA1), mul(gradient, 1 - BETA1));
      const v = add(mul(this.second, BETA2), mul(square(gradient), 1 - BETA2));
      const scale = learningRate / (1 - BETA1 ** this.steps);
      const root = add(div(sqrt(v), Math.sqrt(1 - BETA2 ** this.steps)), EPSILON);
      return [sub(weights, div(mul(m, scale), root)), m, v] as [T, Tensor, Tensor];
    });
    this.dispose();
    this.first = keep(first);
    this.second = keep(second);
    return updated;
  }

  /** Both moments, which the caller disposes of, and the number of steps. */
  getState(): { first: Tensor; second: Tensor; steps: number } {
    return { first: this.first.clone(), second: this.second.clone(), steps: this.steps };
  }

  /** Goes on from a state; its tensors stay the caller's. */
  setState({ first, second, steps }: { first: Tensor; second: Tensor; steps: number }): void {
    this.dispose();
    this.first = keep(first.clone());
    this.second = keep(second.clone());
    this.steps = steps;
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}
