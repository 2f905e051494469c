/**
 * What either container of torch.save comes down to: what was pickled, and bytes for the storages that it names.
 */

import type { StorageBytes } from '../makeTensor.js';
import type { StorageRef, Value } from '../pickle/values.js';

/** A file, read but for its tensors. */
export interface Checkpoint {
  /** What was saved. */
  readonly root: Value;
  /** The bytes of a storage. */
  readonly storage: (ref: StorageRef) => StorageBytes;
  /** What the files of the container are called, for errors: `data/` before a key. */
  readonly prefix: string;
}
