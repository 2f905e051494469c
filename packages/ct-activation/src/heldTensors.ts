/**
 * Tensors that an op's gradient needs, without a copy on the tape of those that outlive the backward pass anyway.
 *
 * What `tf.customGrad` saves it clones, one kernel a tensor; variables and kept tensors need none of that.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { Variable } from '@tensorflow/tfjs-core';

/** Some tensors of one call of an op. */
export class HeldTensors<T extends readonly Tensor[]> {
  /** What must be saved on the tape. */
  readonly passing: Tensor[];
  private readonly tensors: T;

  constructor(tensors: T) {
    this.tensors = tensors;
    this.passing = tensors.filter((t) => !(t.kept || t instanceof Variable));
  }

  /** All tensors, in their order, given what the tape saved of `passing`. */
  restore(saved: readonly Tensor[]): T {
    let next = 0;
    return this.tensors.map((t) => (this.passing.includes(t) ? saved[next++]! : t)) as unknown as T;
  }
}
