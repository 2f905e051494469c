/**
 * Tensors that an op's gradient needs, without a copy on the tape of those that outlive the backward pass anyway.
 *
 * What `tf.customGrad` saves it clones, one kernel a tensor; variables and kept tensors need none of that.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { Variable } from '@tensorflow/tfjs-core';

/** Some tensors of one call of an op. */
export class HeldTensors {
  /** What must be saved on the tape. */
  readonly passing: Tensor[];
  private readonly tensors: readonly Tensor[];

  constructor(tensors: readonly Tensor[]) {
    this.tensors = tensors;
    this.passing = tensors.filter((t) => !(t.kept || t instanceof Variable));
  }

  /** All tensors, in their order, given what the tape saved of `passing`. */
  restore(saved: readonly Tensor[]): Tensor[] {
    let next = 0;
    return this.tensors.map((t) => (this.passing.includes(t) ? saved[next++]! : t));
  }
}
