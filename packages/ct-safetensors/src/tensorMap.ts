/**
 * The tensors of a file, and the names of those that were left out of it: a reader that asks for one of these must not
 * be told that the file has no such tensor.
 */

import { quote } from './parseHeader.js';
import { SafetensorsError } from './safetensorsError.js';
import type { SafeTensor } from './safeTensor.js';

/** A map of tensors by name; to `get` a skipped one throws. `has`, `size` and iteration do not know of them. */
export class TensorMap extends Map<string, SafeTensor> {
  private readonly skipped: ReadonlyMap<string, string>;

  /** @param skipped Why each tensor that is not here was left out, by name. */
  constructor(tensors: Iterable<readonly [string, SafeTensor]>, skipped: ReadonlyMap<string, string>) {
    super(tensors);
    this.skipped = skipped;
  }

  /** @throws SafetensorsError `unknown-dtype` for the name of a skipped tensor. */
  override get(name: string): SafeTensor | undefined {
    const reason = this.skipped.get(name);
    if (reason !== undefined && !this.has(name))
      throw new SafetensorsError('unknown-dtype', `parseSafetensors: tensor ${quote(name)} was skipped: ${reason}`);
    return super.get(name);
  }
}
