/**
 * The container of torch.save before PyTorch 1.6, and of `_use_new_zipfile_serialization=False`: five pickles in a row
 * (a magic number, a version, the machine, what was saved, the keys of the storages), then each storage with its
 * count of elements before it.
 *
 * Source: `_legacy_save` of torch/serialization.py.
 */

import type { StorageRef, Value } from '../pickle/values.js';
import { Cursor } from '../cursor.js';
import { quote } from '../decodeText.js';
import { sizeOf, torchHost } from '../pickle/torchHost.js';
import { unpickle } from '../pickle/unpickle.js';
import { kindOf } from '../pickle/values.js';
import { TorchFileError } from '../torchFileError.js';
import type { Checkpoint } from './checkpoint.js';
import type { ReadOptions } from './readOptions.js';
import { storageCache } from './storageCache.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** @throws TorchFileError for whatever is wrong with the pickles or the storages. */
export function legacyCheckpoint(file: Uint8Array, { allowance, refused }: ReadOptions): Checkpoint {
  const cursor = new Cursor({ bytes: file, start: 0, field: 'the file' });
  const host = torchHost(refused);
  const next = (): Value => unpickle(cursor, host, allowance);
  const magic = next();
  if (magic !== MAGIC)
    throw cursor.error('not-a-torch-file', `expected a file of torch.save, got a pickle of ${kindOf(magic)}`, 0);
  const version = next();
  if (version !== VERSION) throw cursor.error('unsupported', `expected version ${VERSION}, got ${kindOf(version)}`);
  const machine = next();
  const isLittle = machine instanceof Map ? machine.get('little_endian') : undefined;
  if (isLittle !== true) {
    const got = isLittle === false ? 'big-endian ones' : 'no word on their order';
    throw cursor.error('unsupported', `expected numbers in little-endian order, got ${got}`);
  }
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw cursor.error('invalid-pickle', `expected the keys of storages, got ${kindOf(keys)}`);
  const places = readStorages(cursor, keys, host.storages);
  const storages = storageCache((key: string) => {
    const at = places.get(key);
    if (at === undefined)
      throw new TorchFileError(
        'truncated',
        { byte: file.length, field: `storage ${quote(key)}` },
        'is not in the file',
      );
    return { bytes: file.subarray(at.begin, at.end), place: { byte: at.begin, field: `storage ${quote(key)}` } };
  }, allowance);
  return { root, storage: ({ key }: StorageRef) => storages(key), prefix: 'storage ' };
}

function readStorages(
  cursor: Cursor,
  keys: readonly Value[],
  known: ReadonlyMap<string, StorageRef>,
): Map<string, { begin: number; end: number }> {
  const places = new Map<string, { begin: number; end: number }>();
  for (const key of keys) {
    const ref = typeof key === 'string' ? known.get(key) : undefined;
    if (ref === undefined) throw cursor.error('invalid-pickle', 'a key of no storage that a tensor has');
    if (places.has(ref.key)) throw cursor.error('invalid-tensor', `storage ${quote(ref.key)} occurs twice`);
    const at = cursor.position;
    const count = cursor.u64();
    if (count !== ref.count)
      throw cursor.error(
        'invalid-tensor',
        `storage ${quote(ref.key)} has ${count} elements, in the pickle ${ref.count}`,
        at,
      );
    const begin = cursor.skip(sizeOf(ref));
    places.set(ref.key, { begin, end: cursor.position });
  }
  if (!cursor.isAtEnd) throw cursor.error('invalid-tensor', 'bytes follow the last storage');
  return places;
}
