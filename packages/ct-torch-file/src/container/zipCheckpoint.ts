/**
 * The container of torch.save since PyTorch 1.6: a zip archive of a pickle, `NAME/data.pkl`, and a file for each
 * storage, `NAME/data/KEY`.
 */

import { Cursor } from '../cursor.js';
import { decodeText, quote } from '../decodeText.js';
import { sizeOf, torchHost } from '../pickle/torchHost.js';
import { unpickle } from '../pickle/unpickle.js';
import type { StorageRef } from '../pickle/values.js';
import { TorchFileError } from '../torchFileError.js';
import type { Checkpoint } from './checkpoint.js';
import type { ReadOptions } from './readOptions.js';
import type { ZipEntries } from './readZip.js';
import { readZip } from './readZip.js';
import { storageCache } from './storageCache.js';
import { unpackEntry } from './unpackEntry.js';

/** @throws TorchFileError for whatever is wrong with the archive or the pickle. */
export function zipCheckpoint(file: Uint8Array, options: ReadOptions): Checkpoint {
  const entries = readZip(file, options.allowance);
  const folder = folderOf(entries);
  const order = entries.get(`${folder}/byteorder`);
  if (order !== undefined && decodeText(unpackEntry(file, order, options)) !== 'little')
    throw new TorchFileError(
      'unsupported',
      { byte: order.begin, field: order.name },
      "expected numbers in little-endian order, got another one; save it anew with a machine's usual order",
    );
  const pickle = entries.get(`${folder}/data.pkl`)!;
  const bytes = unpackEntry(file, pickle, options);
  const cursor = new Cursor({ bytes, start: pickle.isDeflated ? 0 : pickle.begin, field: pickle.name });
  const root = unpickle(cursor, torchHost(options.refused), options.allowance);
  if (!cursor.isAtEnd) throw cursor.error('invalid-pickle', 'goes on after its end');
  const storages = storageCache((key: string) => {
    const name = `${folder}/data/${key}`;
    const entry = entries.get(name);
    if (entry === undefined)
      throw new TorchFileError('invalid-archive', { byte: null, field: name }, 'is not in the archive');
    return { bytes: unpackEntry(file, entry, options), place: { byte: entry.begin, field: name } };
  }, options.allowance);
  const storage = (ref: StorageRef): ReturnType<Checkpoint['storage']> => {
    const found = storages(ref.key);
    if (found.bytes.length === sizeOf(ref)) return found;
    throw new TorchFileError(
      'invalid-tensor',
      { byte: ref.byte, field: `${folder}/data/${ref.key}` },
      `the pickle says ${sizeOf(ref)} bytes, the archive has ${found.bytes.length}`,
    );
  };
  return { root, storage, prefix: `${folder}/data/` };
}

/** The one folder at the top that has a pickle. */
function folderOf(entries: ZipEntries): string {
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length === 1) return pickles[0]!.slice(0, -'/data.pkl'.length);
  const some = [...entries.keys()].slice(0, 4).map(quote).join(', ');
  throw new TorchFileError(
    'not-a-torch-file',
    { byte: null, field: 'the zip archive' },
    `expected one data.pkl in a folder, got ${pickles.length}${some === '' ? '' : ` (it begins with ${some})`}`,
  );
}
