/**
 * Adam for one tensor (Kingma and Ba, arXiv 1412.6980, algorithm 1), as PyTorch's `torch.optim.Adam` computes it:
 *
 *     m <- b1·m + (1 − b1)·g,  v <- b2·v + (1 − b2)·g²,  w <- w − lr·(m / (1 − b1^t)) / (sqrt(v / (1 − b2^t)) + eps)
 *
 * with b1 = 0.9, b2 = 0.999, eps = 1e-8 and no weight decay.
 *
 * Moments and weights are float32, and are updated where that is quickest: by the backend's kernel, see `ADAM`; on a
 * card without one by thirteen of its own; where the backend is a processor without one in a loop; and where it stores
 * float16, in which squares of gradients and small steps would vanish, and eps with them, in the same loop on what the
 * card has sent.
 */
import type { AdamAttrs } from '@curvature-tuning/activation';
import { ADAM, storesFloat16 } from '@curvature-tuning/activation';
import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import {
  add,
  div,
  engine,
  getBackend,
  getKernel,
  keep,
  mul,
  sqrt,
  square,
  sub,
  tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The optimiser's state for one tensor; `dispose` frees it. */
export class Adam {
  private readonly moments: Moments;
  private steps = 0;

  constructor(weights: Tensor) {
    this.moments = updatesHere() ? new HostMoments(weights) : new DeviceMoments(weights);
  }

  /** Returns the updated weights; the caller disposes of the old ones and of the gradient. */
  step<T extends Tensor>(weights: T, gradient: T, learningRate: number): T {
    this.steps++;
    const scale = learningRate / (1 - BETA1 ** this.steps);
    const correction = Math.sqrt(1 - BETA2 ** this.steps);
    return this.moments.step(weights, gradient, { scale, correction }) as T;
  }

  /** Tells of weights that were set from outside, before the backend has rounded them. */
  adopt(weights: Tensor): void {
    this.moments.adopt(weights);
  }

  /**
   * Both moments and the weights that the last update was made to, all of which the caller disposes of, and the number
   * of steps.
   */
  getState(weights: Tensor): { weights: Tensor; first: Tensor; second: Tensor; steps: number } {
    return { ...this.moments.getState(weights), steps: this.steps };
  }

  /** Goes on from a state; its tensors stay the caller's. */
  setState({ first, second, steps }: { first: Tensor; second: Tensor; steps: number }): void {
    this.moments.setState(first, second);
    this.steps = steps;
  }

  dispose(): void {
    this.moments.dispose();
  }
}

/** Both moments, and how weights are updated by them. */
interface Moments {
  step(weights: Tensor, gradient: Tensor, rates: AdamAttrs): Tensor;
  adopt(weights: Tensor): void;
  getState(weights: Tensor): { weights: Tensor; first: Tensor; second: Tensor };
  setState(first: Tensor, second: Tensor): void;
  dispose(): void;
}

class DeviceMoments implements Moments {
  private first: Tensor;
  private second: Tensor;

  constructor({ shape }: Tensor) {
    this.first = keep(zeros(shape));
    this.second = keep(zeros(shape));
  }

  step(weights: Tensor, gradient: Tensor, rates: AdamAttrs): Tensor {
    const { first: m, second: v } = this;
    const inputs = { weights, gradient, first: m, second: v };
    const [updated, first, second] = hasKernel()
      ? engine().runKernel<[Tensor, Tensor, Tensor]>(ADAM, inputs, rates)
      : composed(inputs, rates);
    // A kernel may have updated them in their own memory.
    if (first !== m) m.dispose();
    if (second !== v) v.dispose();
    this.first = keep(first);
    this.second = keep(second);
    return updated;
  }

  adopt(): void {
    // The device's own numbers are exact.
  }

  getState(weights: Tensor): { weights: Tensor; first: Tensor; second: Tensor } {
    return { weights: weights.clone(), first: copy(this.first), second: copy(this.second) };
  }

  setState(first: Tensor, second: Tensor): void {
    this.dispose();
    this.first = keep(copy(first));
    this.second = keep(copy(second));
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}

/** The kernel's contract in stock ops. */
function composed(
  { weights, gradient, first, second }: Record<'weights' | 'gradient' | 'first' | 'second', Tensor>,
  { scale, correction }: AdamAttrs,
): [Tensor, Tensor, Tensor] {
  return tidy(() => {
    const m = add(mul(first, BETA1), mul(gradient, 1 - BETA1));
    const v = add(mul(second, BETA2), mul(square(gradient), 1 - BETA2));
    const root = add(div(sqrt(v), correction), EPSILON);
    return [sub(weights, div(mul(m, scale), root)), m, v];
  });
}

/** In memory of its own, which a clone has not: the kernel may update moments in theirs. */
const copy = (moment: Tensor): Tensor => mul(moment, 1);

class HostMoments implements Moments {
  private first: Float32Array;
  private second: Float32Array;
  /** The weights as the last update left them, and the tensor that was made of them. */
  private exact: { values: Float32Array; rounded: Tensor } | undefined;

  constructor({ size }: Tensor) {
    this.first = new Float32Array(size);
    this.second = new Float32Array(size);
  }

  step(weights: Tensor, gradient: Tensor, { scale, correction }: AdamAttrs): Tensor {
    if (this.exact?.rounded !== weights) this.adopt(weights);
    const { values } = this.exact!;
    const { first: m, second: v } = this;
    const g = gradient.dataSync<'float32'>();
    for (let i = 0; i < values.length; i++) {
      const gi = g[i]!;
      m[i] = m[i]! * BETA1 + gi * (1 - BETA1);
      v[i] = v[i]! * BETA2 + gi * gi * (1 - BETA2);
      values[i]! -= (m[i]! * scale) / (Math.sqrt(v[i]!) / correction + EPSILON);
    }
    // A copy: backends may keep the array that they are given.
    const rounded = tensor(values.slice(), weights.shape);
    this.exact = { values, rounded };
    return rounded;
  }

  adopt(weights: Tensor): void {
    this.exact = { values: Float32Array.from(weights.dataSync()), rounded: weights };
  }

  getState(weights: Tensor): { weights: Tensor; first: Tensor; second: Tensor } {
    const of = (values: Float32Array): Tensor => tensor(values.slice(), weights.shape);
    return {
      weights: this.exact?.rounded === weights ? of(this.exact.values) : weights.clone(),
      first: of(this.first),
      second: of(this.second),
    };
  }

  setState(first: Tensor, second: Tensor): void {
    [this.first, this.second] = [first, second].map((t) => Float32Array.from(t.dataSync())) as [
      Float32Array,
      Float32Array,
    ];
  }

  dispose(): void {
    this.exact = undefined;
  }
}

const hasKernel = (): boolean => getKernel(ADAM, getBackend()) !== undefined;

/** Whether moments and weights are updated by a loop in JavaScript. */
function updatesHere(): boolean {
  const isProcessor =
    ['cpu', 'wasm'].includes(getBackend()) ||
    // tfjs-node's, on its processor.
    (engine().backend as KernelBackend & { isUsingGpuDevice?: boolean }).isUsingGpuDevice === false;
  return (isProcessor && !hasKernel()) || storesFloat16();
}
