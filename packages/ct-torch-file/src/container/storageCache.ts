/**
 * Bytes of storages by key, each fetched once and copied at most once, however many tensors share it.
 */

import type { Allowance } from '../allowance.js';
import type { StorageBytes } from '../makeTensor.js';
import type { FilePlace } from '../torchFileError.js';

/** Makes what gives the bytes of a storage, from what reads them the first time. */
export function storageCache<Key>(
  read: (key: Key) => { bytes: Uint8Array; place: FilePlace },
  allowance: Allowance,
): (key: Key) => StorageBytes {
  const cache = new Map<Key, StorageBytes>();
  return (key) => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const { bytes, place } = read(key);
    let copy: Uint8Array | undefined;
    const aligned = (): Uint8Array => {
      if (copy === undefined) {
        allowance.takeBytes(bytes.length, place);
        copy = bytes.slice();
      }
      return copy;
    };
    const storage = { bytes, aligned };
    cache.set(key, storage);
    return storage;
  };
}
