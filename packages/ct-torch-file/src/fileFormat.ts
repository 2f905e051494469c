/**
 * What a file is, told by its first bytes: one of the two containers of torch.save, or something else, which an error
 * names.
 */

import { check, matching } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { TorchFileError } from './torchFileError.js';

/** A whole file. */
export type FileBytes = ArrayBuffer | Uint8Array;

export const fileBytes: Schema<FileBytes> = matching((value): value is FileBytes => isBytes(value), {
  expects: 'an ArrayBuffer or a Uint8Array',
  cure: 'read the file first, by readFile or response.arrayBuffer()',
});

export const isTorchFileArguments: Entries<{ bytes: FileBytes }> = { bytes: fileBytes };

/**
 * Tells whether a file begins as torch.save begins it, to choose between this reader and one of another format.
 *
 * No `.safetensors` file begins so: read as the length of its header, these bytes say more than is allowed.
 *
 * @param bytes The file, or its first 4 bytes.
 * @throws TypeError for what is no bytes.
 */
export function isTorchFile(bytes: ArrayBuffer | Uint8Array): boolean {
  check('isTorchFile', isTorchFileArguments, { bytes });
  const file = asArray(bytes);
  // The pickle's first value is PyTorch's magic number, of ten bytes.
  return isZip(file) || (isPickle(file) && file[2] === 0x8a && file[3] === 10);
}

/**
 * The container of a file.
 *
 * @throws TorchFileError `not-a-torch-file`, which says what else it is.
 */
export function formatOf(file: Uint8Array): 'zip' | 'legacy' {
  if (isZip(file)) return 'zip';
  if (isPickle(file)) return 'legacy';
  const place = { byte: 0, field: 'the file' };
  throw new TorchFileError('not-a-torch-file', place, `expected a file of torch.save, got ${foreignKind(file)}`);
}

/** The bytes as a plain array: a Node Buffer, unlike it, slices into views. */
export function asArray(bytes: FileBytes): Uint8Array {
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}

function isZip(file: Uint8Array): boolean {
  return file[0] === 0x50 && file[1] === 0x4b && file[2] === 3 && file[3] === 4;
}

/** Whether a pickle of a known protocol begins here. */
function isPickle(file: Uint8Array): boolean {
  return file[0] === 0x80 && file.length > 1 && file[1]! <= 5;
}

function foreignKind(file: Uint8Array): string {
  const begin = String.fromCharCode(...file.subarray(0, 64)).replace('\u00ef\u00bb\u00bf', '');
  if (begin === '') return 'nothing';
  if (/^\s*<(!doctype|html|head|!--|\?xml)/i.test(begin))
    return 'a page of HTML; mend the address, or download the file by hand where its host wants a browser';
  if (begin[8] === '{') return 'a .safetensors file; read it by parseSafetensors';
  if (begin.startsWith('\u0089HDF')) return 'an HDF5 file, as Keras writes';
  if (begin.startsWith('\u001f\u008b')) return 'a gzipped file; unpack it first';
  if (String.fromCharCode(...file.subarray(257, 262)) === 'ustar')
    return 'a tar archive, as PyTorch 0.1 wrote; load and save it with a PyTorch of today';
  return `bytes ${[...file.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}
