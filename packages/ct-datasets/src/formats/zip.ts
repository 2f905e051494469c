/**
 * Zip archives, of any size: the directory at their end is read, then the entries that are asked for.
 *
 * Format: PKWARE's APPNOTE.TXT 6.3.10, its parts 4.3 (records), 4.4 (fields), 4.5.3 (Zip64). Stored and deflated
 * entries are read; encrypted ones and archives of several volumes are not.
 */
import { crc32 } from '@curvature-tuning/checks';
import { chunksOf } from './byteSource.js';
import type { ByteSource } from './byteSource.js';
import { DamagedFileError } from './damagedFile.js';
import { inflate } from './inflate.js';

/** A file in an archive. */
export interface ZipEntry {
  /** With forward slashes; as the archive has it, and not to be trusted. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes once unpacked, by the directory. */
  readonly size: number;
  readonly packedSize: number;
  readonly crc: number;
  readonly method: number;
  /** Byte of the archive where its own header begins. */
  readonly start: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_COMMENT = 0xffff;
const MOST_DIRECTORY = 2 ** 29;

/**
 * The entries of an archive in the order of its directory.
 *
 * @throws DamagedFileError where it is none, is truncated, or its directory is not what its end says.
 */
export async function listZip(source: ByteSource): Promise<ZipEntry[]> {
  const { count, start, length } = await findDirectory(source);
  const bytes = await source.slice(start, start + length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const fault = (what: string): DamagedFileError =>
      new DamagedFileError('readZip', { file: source.name, offset: start + at, fault: what });
    if (at + 46 > length || view.getUint32(at, true) !== DIRECTORY)
      throw fault(`no directory record where number ${i + 1} of ${count} should be`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const end = at + 46 + nameLength! + extraLength! + commentLength!;
    if (end > length) throw fault('a directory record that ends beyond the directory');
    const name = textOf(bytes.subarray(at + 46, at + 46 + nameLength!));
    if (view.getUint16(at + 8, true) & 1) throw fault(`${JSON.stringify(name)} is encrypted`);
    const sizes = sizesOf(view, at, at + 46 + nameLength!, extraLength!);
    if (!Object.values(sizes).every((size) => size <= Number.MAX_SAFE_INTEGER)) throw fault('sizes beyond all bounds');
    if (sizes.start + sizes.packedSize > start) throw fault(`${JSON.stringify(name)} reaches into the directory`);
    const mode = view.getUint32(at + 38, true) >>> 16;
    const isLink = view.getUint8(at + 5) === 3 && (mode & 0xf000) === 0xa000;
    entries.push({
      name,
      kind: isLink ? 'link' : name.endsWith('/') ? 'folder' : 'file',
      crc: view.getUint32(at + 16, true),
      method: view.getUint16(at + 10, true),
      ...sizes,
    });
    at = end;
  }
  return entries;
}

/**
 * The unpacked bytes of an entry, piece by piece.
 *
 * @throws DamagedFileError, at the latest after the last piece, where they are not as many as the directory says or of
 * another checksum.
 */
export async function* readZipEntry(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const { name, start, size, packedSize, method } = entry;
  const fault = (what: string, cause?: unknown): DamagedFileError =>
    new DamagedFileError(
      'readZip',
      { file: source.name, offset: start, fault: `${JSON.stringify(name)} ${what}` },
      { cause },
    );
  const header = start + 30 <= source.size ? await source.slice(start, start + 30) : new Uint8Array(30);
  const view = new DataView(header.buffer, header.byteOffset, 30);
  if (view.getUint32(0, true) !== LOCAL) throw fault('has no header');
  if (method !== 0 && method !== 8) throw fault(`is packed by method ${method}, which is not read here`);
  const data = start + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (data + packedSize > source.size) throw fault('ends beyond the archive');
  const packed = chunksOf(source, data, data + packedSize);
  let length = 0;
  let sum = 0;
  const chunks = (method === 0 ? packed : inflate(packed, 'deflate-raw'))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw fault('cannot be unpacked', cause);
      });
      if (next.done === true) break;
      length += next.value.length;
      if (length > size) throw fault(`unpacks to more than the ${size} bytes of the directory`);
      sum = crc32(next.value, sum);
      yield next.value;
    }
  } finally {
    await chunks.return(undefined);
  }
  if (length !== size) throw fault(`unpacks to ${length} bytes, not to the ${size} of the directory`);
  if (sum !== entry.crc) throw fault('has another checksum than the directory says');
}

/** Where the directory lies, by the record at the end of the archive. */
async function findDirectory(source: ByteSource): Promise<{ count: number; start: number; length: number }> {
  const fault = (what: string, offset?: number): DamagedFileError =>
    new DamagedFileError('readZip', { file: source.name, offset, fault: what });
  const from = Math.max(0, source.size - MOST_COMMENT - 22);
  const tail = await source.slice(from, source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at--;
  if (at < 0) throw fault('it has no directory, and is no zip archive or ends too early', source.size);
  let count = view.getUint16(at + 10, true);
  let length = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  const isLarge = count === 0xffff || length === 0xffffffff || start === 0xffffffff;
  if (isLarge && at >= 20 && view.getUint32(at - 20, true) === LOCATOR_64) {
    const record = Number(view.getBigUint64(at - 12, true));
    if (!(record + 56 <= source.size)) throw fault('its Zip64 record lies beyond its end', from + at - 20);
    const bytes = await source.slice(record, record + 56);
    const large = new DataView(bytes.buffer, bytes.byteOffset, 56);
    if (large.getUint32(0, true) !== END_64) throw fault('it has no Zip64 record where one should be', record);
    [count, length, start] = [32, 40, 48].map((field) => Number(large.getBigUint64(field, true))) as [
      number,
      number,
      number,
    ];
  }
  if (!(start + length <= source.size) || length > MOST_DIRECTORY || count * 46 > length)
    throw fault(`a directory of ${count} entries in ${length} bytes from ${start} on does not fit it`, from + at);
  return { count, start, length };
}

/** Sizes and place of an entry, from the Zip64 field where the record itself has no room for them. */
function sizesOf(
  view: DataView,
  at: number,
  extra: number,
  extraLength: number,
): { size: number; packedSize: number; start: number } {
  const found = {
    size: view.getUint32(at + 24, true),
    packedSize: view.getUint32(at + 20, true),
    start: view.getUint32(at + 42, true),
  };
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let next = field + 4;
    const end = Math.min(next + view.getUint16(field + 2, true), extra + extraLength);
    for (const name of ['size', 'packedSize', 'start'] as const) {
      if (found[name] !== 0xffffffff || next + 8 > end) continue;
      found[name] = Number(view.getBigUint64(next, true));
      next += 8;
    }
  }
  return found;
}

/** Names are UTF-8 by a flag and in practice; what is not becomes a mark of replacement. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
