/**
 * Adam for one tensor (Kingma and Ba, arXiv 1412.6980, algorithm 1), as PyTorch's `torch.optim.Adam` computes it:
 *
 *     m <- b1·m + (1 − b1)·g,  v <- b2·v + (1 − b2)·g²,  w <- w − lr·(m / (1 − b1^t)) / (sqrt(v / (1 − b2^t)) + eps)
 *
 * with b1 = 0.9, b2 = 0.999, eps = 1e-8 and no weight decay.
 *
 * Where the backend stores float16, squares of gradients and small steps would vanish, and eps with them: there the
 * gradients are fetched, and moments and weights are kept and updated on the CPU in float32.
 */
import { storesFloat16 } from '@curvature-tuning/activation';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, div, keep, mul, sqrt, square, sub, tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The optimiser's state for one tensor; `dispose` frees it. */
export class Adam {
  private first: Tensor;
  private second: Tensor;
  private steps = 0;
  /**
   * The weights as the last update left them, and the tensor that was made of them; only where the backend stores
   * float16.
   */
  private exact: { values: Float32Array; rounded: Tensor } | undefined;

  constructor(weights: Tensor) {
    this.first = keep(zerosLike(weights));
    this.second = keep(zerosLike(weights));
  }

  /** Returns the updated weights; the caller disposes of the old ones and of the gradient. */
  step<T extends Tensor>(weights: T, gradient: T, learningRate: number): T {
    this.steps++;
    if (storesFloat16()) return this.stepOnCpu(weights, gradient, learningRate);
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

  /** Tells of weights that were set from outside, before the backend has rounded them. */
  adopt(weights: Tensor): void {
    if (storesFloat16()) this.exact = { values: Float32Array.from(weights.dataSync()), rounded: weights };
  }

  /**
   * Both moments and the weights that the last update was made to, all of which the caller disposes of, and the number
   * of steps.
   */
  getState(weights: Tensor): { weights: Tensor; first: Tensor; second: Tensor; steps: number } {
    const exact = this.exact?.rounded === weights ? tensor(this.exact.values.slice(), weights.shape) : weights.clone();
    return { weights: exact, first: this.first.clone(), second: this.second.clone(), steps: this.steps };
  }

  /** Goes on from a state; its tensors stay the caller's. */
  setState({ first, second, steps }: { first: Tensor; second: Tensor; steps: number }): void {
    this.dispose();
    this.first = keep(first.clone());
    this.second = keep(second.clone());
    this.steps = steps;
  }

  /** The moments stay tensors that no kernel ever sees, so that the backend leaves them on the CPU as they are. */
  private stepOnCpu<T extends Tensor>(weights: T, gradient: T, learningRate: number): T {
    if (this.exact?.rounded !== weights) this.adopt(weights);
    const { values } = this.exact!;
    const g = gradient.dataSync();
    const [m, v] = [this.first, this.second].map((moment) => Float32Array.from(moment.dataSync())) as [
      Float32Array,
      Float32Array,
    ];
    const scale = learningRate / (1 - BETA1 ** this.steps);
    const correction = Math.sqrt(1 - BETA2 ** this.steps);
    const updated = values.map((w, i) => {
      m[i] = m[i]! * BETA1 + g[i]! * (1 - BETA1);
      v[i] = v[i]! * BETA2 + g[i]! * g[i]! * (1 - BETA2);
      return w - (m[i] * scale) / (Math.sqrt(v[i]) / correction + EPSILON);
    });
    this.dispose();
    [this.first, this.second] = [keep(tensor(m, weights.shape)), keep(tensor(v, weights.shape))];
    const rounded = tensor(updated.slice(), weights.shape) as T;
    this.exact = { values: updated, rounded };
    return rounded;
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}
