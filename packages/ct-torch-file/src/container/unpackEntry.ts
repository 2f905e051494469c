/**
 * The bytes of one entry of an archive: a view of the file where they are stored, unpacked where they are deflated.
 */

import { crc32 } from '@curvature-tuning/checks';
import { inflateSync } from 'fflate';
import type { Allowance } from '../allowance.js';
import { TorchFileError } from '../torchFileError.js';
import type { ZipEntry } from './readZip.js';

/** What unpacking goes by. */
export interface UnpackOptions {
  readonly allowance: Allowance;
  /** Whether the CRC-32 of the entry is compared. */
  readonly checksums: boolean;
}

/**
 * Reads one entry.
 *
 * @throws TorchFileError `too-large` before anything is unpacked, `invalid-archive` or `checksum`.
 */
export function unpackEntry(file: Uint8Array, entry: ZipEntry, { allowance, checksums }: UnpackOptions): Uint8Array {
  const place = { byte: entry.begin, field: entry.name };
  const packed = file.subarray(entry.begin, entry.end);
  const bytes = entry.isDeflated ? inflate(packed, entry, allowance) : packed;
  if (checksums && crc32(bytes) !== entry.crc) {
    throw new TorchFileError(
      'checksum',
      place,
      `expected CRC-32 ${hexOf(entry.crc)}, got ${hexOf(crc32(bytes))}: the file is damaged, fetch it again; of a ` +
        'file that was saved without checksums pass {checksums: false}',
    );
  }
  return bytes;
}

function inflate(packed: Uint8Array, entry: ZipEntry, allowance: Allowance): Uint8Array {
  const place = { byte: entry.begin, field: entry.name };
  allowance.takeBytes(entry.bytes + 1, place);
  // One byte more than there should be tells what is longer; the array does not grow.
  const room = new Uint8Array(entry.bytes + 1);
  let unpacked: Uint8Array;
  try {
    unpacked = inflateSync(packed, { out: room });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TorchFileError('invalid-archive', place, `the deflated bytes are damaged (${reason})`);
  }
  if (unpacked.length !== entry.bytes) {
    const got = unpacked.length > entry.bytes ? 'more' : unpacked.length;
    throw new TorchFileError('invalid-archive', place, `expected ${entry.bytes} bytes unpacked, got ${got}`);
  }
  return unpacked;
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
