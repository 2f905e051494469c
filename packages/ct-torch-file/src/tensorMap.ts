/**
 * The tensors of a file, and the names of those that were left out of it: a reader that asks for one of these must not
 * be told that the file has no such tensor.
 */

import type { SafeTensor } from '@curvature-tuning/safetensors';
import { quote } from './decodeText.js';
import { TorchFileError } from './torchFileError.js';

/** A map of tensors by name; to `get` a skipped one throws. `has`, `size` and iteration do not know of them. */
export class TensorMap extends Map<string, SafeTensor> {
  private readonly skipped: ReadonlyMap<string, string>;

  /** @param skipped Why each entry that is not here was left out, by name. */
  constructor(tensors: Iterable<readonly [string, SafeTensor]>, skipped: ReadonlyMap<string, string>) {
    super(tensors);
    this.skipped = skipped;
  }

  /** @throws TorchFileError `unsupported` for the name of a skipped entry. */
  override get(name: string): SafeTensor | undefined {
    const reason = this.skipped.get(name);
    if (reason === undefined || this.has(name)) return super.get(name);
    throw new TorchFileError('unsupported', { byte: null, field: quote(name) }, `was skipped: ${reason}`);
  }
}
