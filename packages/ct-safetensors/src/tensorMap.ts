/**
 * The tensors of a file, and the names of those that were left out of it: whoever asks for one of these must not be
 * told that the file has no such tensor. Other readers of weights, `@curvature-tuning/torch-file`, hand out the same.
 */

import { kindOf } from './arrayKind.js';
import type { SafeTensor } from './safeTensor.js';

/** What is thrown when a tensor is asked for that was left out. */
export type Refusal = (name: string, reason: string) => Error;

/** A map of tensors by name; to `get` a skipped one throws. `has`, `size` and iteration do not know of them. */
export class TensorMap extends Map<string, SafeTensor> {
  private readonly skipped: ReadonlyMap<string, string>;
  private readonly refusal: Refusal;

  /**
   * @param skipped Why each tensor that is not here was left out, by name.
   * @param refusal Makes the error of it.
   * @throws TypeError for arguments of another kind.
   */
  constructor(
    tensors: Iterable<readonly [string, SafeTensor]>,
    skipped: ReadonlyMap<string, string>,
    refusal: Refusal,
  ) {
    if (Object.prototype.toString.call(skipped) !== '[object Map]')
      throw new TypeError(`TensorMap: skipped must be a Map of reasons by name, got ${kindOf(skipped)}`);
    if (typeof refusal !== 'function')
      throw new TypeError(`TensorMap: refusal must be a function that returns an Error, got ${kindOf(refusal)}`);
    super(tensors);
    this.skipped = skipped;
    this.refusal = refusal;
  }

  /** @throws What `refusal` makes of the name and the reason, for the name of a skipped tensor. */
  override get(name: string): SafeTensor | undefined {
    const reason = this.skipped.get(name);
    if (reason === undefined || this.has(name)) return super.get(name);
    throw this.refusal(name, reason);
  }
}
