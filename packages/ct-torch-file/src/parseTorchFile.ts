/**
 * The reader: tells the containers apart, has the pickle read, finds the state dict in it, and makes its tensors.
 */

import { check, flag, oneOf, options as optionsOf, text, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { TensorMap } from '@curvature-tuning/safetensors';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import { Allowance } from './allowance.js';
import type { Checkpoint } from './container/checkpoint.js';
import { legacyCheckpoint } from './container/legacyCheckpoint.js';
import { zipCheckpoint } from './container/zipCheckpoint.js';
import { quote } from './decodeText.js';
import { asArray, fileBytes, formatOf } from './fileFormat.js';
import type { FileBytes } from './fileFormat.js';
import { makeTensor } from './makeTensor.js';
import type { Value } from './pickle/values.js';
import { kindOf, TensorRef, Unread } from './pickle/values.js';
import { findStateDict } from './stateDict.js';
import { TorchFileError } from './torchFileError.js';

/** What a file holds. */
export interface TorchFile {
  /** The tensors of the state dict by name, in its order. To `get` one that was skipped is an error that says why. */
  readonly tensors: Map<string, SafeTensor>;
  /** Entries of the state dict that are not read, such as quantised tensors and numbers, and why. */
  readonly skipped: ReadonlyMap<string, string>;
  /** The keys that lead to the state dict in the file, joined by dots: `state_dict`; `''` where it is the file. */
  readonly path: string;
  /** What all names begin with, up to a dot: `module.`; `''` where there is nothing. It is still part of the names. */
  readonly prefix: string;
  /** `zip` since PyTorch 1.6, `legacy` before. */
  readonly format: 'zip' | 'legacy';
}

/** How a file is read. */
export interface ParseTorchFileOptions {
  /** Where the state dict is, as `TorchFile.path` says it: needed where a file has several. */
  readonly path?: string | undefined;
  /**
   * What becomes of classes and functions that are not on the list of harmless ones: the file is refused, `error`, the
   * default; or what they make is left out, `skip`. None is ever run.
   */
  readonly refused?: 'error' | 'skip' | undefined;
  /** Whether the CRC-32 of what is read from a zip archive is compared; true unless told. */
  readonly checksums?: boolean | undefined;
  /** Bytes that may be unpacked and copied beyond the size of the file, for files that are trusted; 0 unless told. */
  readonly extraBytes?: number | undefined;
}

export const parseTorchFileArguments: Entries<{ bytes: FileBytes; options: ParseTorchFileOptions }> = {
  bytes: fileBytes,
  options: optionsOf<ParseTorchFileOptions>({
    path: text,
    refused: oneOf('error', 'skip'),
    checksums: flag,
    extraBytes: whole({ min: 0 }),
  }),
};

/**
 * Reads a state dict from a file of `torch.save`: `.pt`, `.pth`, `.bin`.
 *
 * Nothing of the file is executed: classes and functions are names, and those that are not on a closed list are
 * refused. Memory is bounded by the size of the file: beside `bytes` as much again, 16 MiB and `extraBytes`.
 *
 * A tensor that lies contiguous and aligned in a stored archive, as torch.save writes it, is a *view*: no copy, and it
 * changes when `bytes` does; so do tensors that share their storage. Others are copied, in row-major order.
 *
 * @param bytes The whole file.
 * @throws TorchFileError for every file that cannot be read; `code` says what is wrong, `place` where.
 * @throws TypeError or RangeError for arguments of another kind, and on a big-endian machine.
 */
export function parseTorchFile(bytes: ArrayBuffer | Uint8Array, options: ParseTorchFileOptions = {}): TorchFile {
  check('parseTorchFile', parseTorchFileArguments, { bytes, options });
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
    throw new RangeError('parseTorchFile: expected a little-endian machine, got a big-endian one');
  const file = asArray(bytes);
  const { path, refused = 'error', checksums = true, extraBytes = 0 } = options;
  const allowance = new Allowance(file.length, extraBytes);
  const format = formatOf(file);
  const read = format === 'zip' ? zipCheckpoint : legacyCheckpoint;
  const checkpoint = read(file, { allowance, refused, checksums });
  const stateDict = findStateDict(checkpoint.root, path);
  const known: [string, SafeTensor][] = [];
  const skipped = new Map<string, string>();
  for (const [name, value] of stateDict.entries) {
    if (typeof name !== 'string') continue;
    const tensor = readTensor(name, value, checkpoint, allowance);
    if (typeof tensor === 'string') skipped.set(name, tensor);
    else known.push([name, tensor]);
  }
  const tensors = skipped.size > 0 ? new TensorMap(known, skipped, refusal) : new Map(known);
  return { tensors, skipped, path: stateDict.path, prefix: commonPrefix([...tensors.keys()]), format };
}

function refusal(name: string, reason: string): TorchFileError {
  return new TorchFileError('unsupported', { byte: null, field: quote(name) }, `was skipped: ${reason}`);
}

/** The tensor of an entry, or why there is none. */
function readTensor(
  name: string,
  value: Value,
  { storage, prefix }: Checkpoint,
  allowance: Allowance,
): SafeTensor | string {
  if (value instanceof Unread) return value.reason;
  if (!(value instanceof TensorRef)) return `${kindOf(value)}, no tensor`;
  const { dtype } = value.dtype;
  if (dtype === null) return `a tensor of ${value.dtype.name}, which has no typed array`;
  const { key, byte } = value.storage;
  const place = { byte, field: `tensor ${quote(name)} in ${prefix}${quote(key)}` };
  return makeTensor(value, dtype, storage(value.storage), { allowance, place });
}

/** The longest beginning up to a dot that all names share. */
function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names;
  const segments = first.split('.').slice(0, -1);
  let shared = segments.length;
  for (const name of others) {
    const own = name.split('.').slice(0, -1);
    let same = 0;
    while (same < shared && own[same] === segments[same]) same++;
    shared = same;
    if (shared === 0) return '';
  }
  return segments
    .slice(0, shared)
    .map((segment) => `${segment}.`)
    .join('');
}
