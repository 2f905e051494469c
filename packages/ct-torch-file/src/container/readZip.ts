/**
 * Zip archives as torch.save writes them: the directory at the end of the file says what lies where, in the form for
 * archives beyond 4 GB too. Every claim is checked against the others before an entry is read: entries that overlap,
 * sizes that differ between directory and entry, names that occur twice.
 *
 * Source: APPNOTE.TXT 6.3 of PKWARE, sections 4.3 to 4.5.
 */

import type { Allowance } from '../allowance.js';
import { Cursor } from '../cursor.js';
import { decodeText, quote } from '../decodeText.js';
import { TorchFileError } from '../torchFileError.js';

/** What an archive holds, by name. */
export type ZipEntries = ReadonlyMap<string, ZipEntry>;

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Whether its bytes are deflated; else they lie in the archive as they are. */
  readonly isDeflated: boolean;
  /** Where its bytes lie, in the archive. */
  readonly begin: number;
  readonly end: number;
  /** How many they are unpacked, as the directory says. */
  readonly bytes: number;
  /** Their CRC-32, unpacked. */
  readonly crc: number;
}

const FIELD = 'the zip archive';
const [END, END_64, LOCATOR_64, ENTRY, LOCAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50];
const END_BYTES = 22;
const ENTRY_BYTES = 46;
/** Stands where the number is in the field for large archives. */
const [ELSEWHERE_16, ELSEWHERE_32] = [0xffff, 0xffffffff];

/** Where the directory of an archive lies. */
interface Directory {
  readonly count: number;
  readonly begin: number;
  readonly bytes: number;
}

/**
 * Lists what an archive holds.
 *
 * @throws TorchFileError `truncated`, `invalid-archive`, `unsupported` or `too-large`.
 */
export function readZip(file: Uint8Array, allowance: Allowance): ZipEntries {
  const directory = findDirectory(file);
  const bytes = file.subarray(directory.begin, directory.begin + directory.bytes);
  const cursor = new Cursor({ bytes, start: directory.begin, field: FIELD });
  const entries = new Map<string, ZipEntry>();
  const taken: { begin: number; end: number; name: string }[] = [];
  for (let i = 0; i < directory.count; i++) {
    allowance.takeValue({ byte: cursor.byteAt(cursor.position), field: FIELD });
    const { local, ...entry } = readEntry(cursor, file, directory);
    if (entries.has(entry.name)) throw cursor.error('invalid-archive', `${quote(entry.name)} occurs twice`);
    entries.set(entry.name, entry);
    taken.push({ begin: local, end: entry.end, name: entry.name });
  }
  if (!cursor.isAtEnd)
    throw cursor.error('invalid-archive', `the directory goes on after its ${directory.count} entries`);
  taken.sort((a, b) => a.begin - b.begin);
  taken.forEach(({ begin, name }, i) => {
    const before = taken[i - 1];
    if (before !== undefined && begin < before.end)
      throw fault(begin, `the entries ${quote(before.name)} and ${quote(name)} overlap`);
  });
  return entries;
}

function findDirectory(file: Uint8Array): Directory {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // Behind it there is at most a comment, of 65,535 bytes.
  for (let at = file.length - END_BYTES; at >= Math.max(0, file.length - END_BYTES - 0xffff); at--) {
    if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== file.length) continue;
    const cursor = new Cursor({ bytes: file, start: 0, field: FIELD });
    cursor.position = at + 4;
    const disks = [cursor.u16(), cursor.u16(), cursor.u16()];
    const [count, bytes, begin] = [cursor.u16(), cursor.u32(), cursor.u32()];
    const isLarge = at >= 20 && view.getUint32(at - 20, true) === LOCATOR_64;
    const large = isLarge ? directory64(file, at - 20) : undefined;
    if (disks[0] !== 0 && disks[0] !== ELSEWHERE_16)
      throw fault(at, 'archives of several parts are unsupported', 'unsupported');
    const directory = {
      count: large !== undefined && count === ELSEWHERE_16 ? large.count : count,
      bytes: large !== undefined && bytes === ELSEWHERE_32 ? large.bytes : bytes,
      begin: large !== undefined && begin === ELSEWHERE_32 ? large.begin : begin,
    };
    if (directory.begin + directory.bytes > at)
      throw fault(at, `the directory ends at byte ${directory.begin + directory.bytes}, behind its own end`);
    if (directory.count * ENTRY_BYTES > directory.bytes)
      throw fault(at, `${directory.count} entries do not fit into a directory of ${directory.bytes} bytes`);
    return directory;
  }
  throw fault(file.length, 'expected the directory at the end of the file; it is cut short', 'truncated');
}

function directory64(file: Uint8Array, locator: number): Directory {
  const cursor = new Cursor({ bytes: file, start: 0, field: FIELD });
  cursor.position = locator + 8;
  const at = cursor.u64();
  cursor.position = Math.min(at, file.length);
  if (cursor.u32() !== END_64) throw fault(at, 'expected the end of the directory for large archives');
  cursor.skip(28);
  const [count, bytes, begin] = [cursor.u64(), cursor.u64(), cursor.u64()];
  return { count, bytes, begin };
}

/** One line of the directory, compared with what stands before the entry itself. */
function readEntry(cursor: Cursor, file: Uint8Array, directory: Directory): ZipEntry & { local: number } {
  const at = cursor.byteAt(cursor.position);
  if (cursor.u32() !== ENTRY) throw fault(at, 'expected an entry of the directory');
  cursor.skip(4);
  const [flags, method] = [cursor.u16(), cursor.u16()];
  cursor.skip(4);
  const [crc, packed32, bytes32] = [cursor.u32(), cursor.u32(), cursor.u32()];
  const [nameBytes, extraBytes, commentBytes] = [cursor.u16(), cursor.u16(), cursor.u16()];
  cursor.skip(8);
  const local32 = cursor.u32();
  const rawName = cursor.take(nameBytes);
  const name = decodeText(rawName);
  if (name === undefined) throw fault(at, 'a name is not UTF-8');
  const extra = new Cursor({ bytes: cursor.take(extraBytes), start: at, field: FIELD });
  const [bytes, packed, local] = sizes64(extra, [bytes32, packed32, local32]);
  cursor.skip(commentBytes);
  if (flags & 1) throw fault(at, `${quote(name)} is encrypted`, 'unsupported');
  if (method !== 0 && method !== 8)
    throw fault(at, `${quote(name)} is packed by method ${method}; stored and deflated ones are read`, 'unsupported');
  if (method === 0 && packed !== bytes) throw fault(at, `${quote(name)} is stored, of ${packed} and ${bytes} bytes`);

  if (local + 30 > directory.begin) throw fault(at, `${quote(name)} begins at byte ${local}, behind all entries`);
  const header = new Cursor({ bytes: file, start: 0, field: FIELD });
  header.position = local;
  if (header.u32() !== LOCAL) throw fault(local, `expected the entry ${quote(name)}`);
  header.skip(4);
  if (header.u16() !== method) throw fault(local, `${quote(name)} is packed by another method than the directory says`);
  header.skip(16);
  const [localNameBytes, localExtraBytes] = [header.u16(), header.u16()];
  const localName = header.take(localNameBytes);
  if (localName.length !== rawName.length || localName.some((byte, i) => byte !== rawName[i]))
    throw fault(local, `the entry has another name than ${quote(name)}`);
  header.skip(localExtraBytes);
  const begin = header.position;
  if (begin + packed > directory.begin)
    throw fault(local, `${quote(name)} of ${packed} bytes ends behind all entries`, 'truncated');
  return { name, isDeflated: method === 8, begin, end: begin + packed, bytes, crc, local };
}

/** The three numbers, from the field for large archives (its kind is 1) where they are said to be there. */
function sizes64(extra: Cursor, numbers: readonly [number, number, number]): [number, number, number] {
  while (extra.bytes.length - extra.position >= 4) {
    const [kind, length] = [extra.u16(), extra.u16()];
    const field = new Cursor({ bytes: extra.take(length), start: extra.byteAt(extra.position), field: FIELD });
    if (kind !== 1) continue;
    const [bytes, packed, local] = numbers.map((number) => (number === ELSEWHERE_32 ? field.u64() : number));
    return [bytes!, packed!, local!];
  }
  return [...numbers];
}

function fault(
  byte: number,
  message: string,
  code: 'invalid-archive' | 'truncated' | 'unsupported' = 'invalid-archive',
): TorchFileError {
  return new TorchFileError(code, { byte, field: FIELD }, message);
}
