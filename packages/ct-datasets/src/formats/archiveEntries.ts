/**
 * The files in an archive of any kind, in the order in which they are read, none of which can do harm wherever it is
 * unpacked to.
 */
import type { ByteSource } from './byteSource.js';
import { chunksOf } from './byteSource.js';
import { DamagedFileError } from './damagedFile.js';
import { entryPath } from './entryPath.js';
import type { ParquetColumns } from './parquet.js';
import { readParquetImages } from './parquet.js';
import { readTar } from './tar.js';
import { listZip, readZipEntry } from './zip.js';

/** A file of an archive, to be read before the next one is asked for; or a folder. */
export interface ArchiveFile {
  /** Where it belongs, with forward slashes, below the folder of the archive; no two are alike. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Bounds of what is made of an archive. */
export interface ArchiveBounds {
  /** The most bytes all entries may have together. */
  readonly mostBytes: number;
  /** Of a Parquet file. */
  readonly columns?: ParquetColumns | undefined;
}

/** An entry of any kind of archive, as the archive has it. */
interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly size: number;
  /** Byte at which it begins: of a tar archive that is gzipped, of the unpacked one. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

// More files than any known set has.
const MOST_ENTRIES = 4_000_000;
const ENDINGS = /\.(zip|npz|tar|tgz|tar\.gz|parquet)$/i;

/** Whether a file is unpacked, by its name. */
export function isArchive(name: string): boolean {
  return ENDINGS.test(name);
}

/** The name of an archive without its endings, that of the folder it is unpacked to. */
export function stemOf(name: string): string {
  return name.replace(ENDINGS, '');
}

/** The most bytes that an archive of `size` may unpack to, where nobody says. */
export function mostUnpacked(size: number): number {
  return Math.max(2 ** 28, 20 * size);
}

/**
 * The files of zip, npz, tar, tar.gz, and the images of a Parquet file as `<label>/<row>.jpg`. Told by first bytes, not
 * by the name.
 *
 * @throws DamagedFileError for a damaged archive, and for one with names that lead out of the folder, links, devices,
 * two entries of one name, more than `mostBytes`, or nothing.
 */
export async function* archiveEntries(
  source: ByteSource,
  { mostBytes, columns }: ArchiveBounds,
): AsyncGenerator<ArchiveFile> {
  const file = source.name;
  const fault = (what: string, offset: number): DamagedFileError =>
    new DamagedFileError('unpack', { file, offset, fault: what });
  const seen = new Set<string>();
  let bytes = 0;
  for await (const { name, kind, size, start, chunks } of await entriesOf(source, columns)) {
    const path = entryPath(name, { archive: file, start });
    if (kind === 'link' || kind === 'special')
      throw fault(`its entry ${JSON.stringify(name)} is a ${kind}, which is not unpacked`, start);
    if (path === undefined) continue;
    if (kind === 'file') {
      // On some systems names differ in more than case.
      const key = path.normalize('NFC').toLowerCase();
      if (seen.has(key)) throw fault(`it has two entries ${JSON.stringify(name)}`, start);
      seen.add(key);
      if (seen.size > MOST_ENTRIES) throw fault(`it has more than ${MOST_ENTRIES} entries`, start);
      bytes += size;
      if (bytes > mostBytes) throw fault(`it unpacks to more than ${mostBytes} bytes, which no such set has`, start);
    }
    yield { path, kind, size, chunks };
  }
  if (seen.size === 0) throw fault('it holds no file', source.size);
}

/** The entries of an archive of whichever kind its first bytes say. */
async function entriesOf(source: ByteSource, columns?: ParquetColumns): Promise<AsyncIterable<Entry>> {
  const head = String.fromCharCode(...(await source.slice(0, Math.min(4, source.size))));
  if (head.startsWith('PK')) return zipEntries(source);
  if (head === 'PAR1') return parquetEntries(source, columns ?? { image: 'image', label: 'label' });
  if (head.startsWith('<'))
    throw new DamagedFileError('unpack', {
      file: source.name,
      offset: 0,
      fault: 'it is a page of HTML or XML, such as one to log in on, not an archive',
    });
  return readTar(chunksOf(source), source.name);
}

async function* zipEntries(source: ByteSource): AsyncGenerator<Entry> {
  for (const entry of await listZip(source)) {
    const { name, kind, size, start } = entry;
    yield { name, kind, size, start, chunks: readZipEntry(source, entry) };
  }
}

async function* parquetEntries(source: ByteSource, columns: ParquetColumns): AsyncGenerator<Entry> {
  for await (const { row, label, bytes, start } of readParquetImages(source, columns)) {
    const name = `${label}/${String(row).padStart(7, '0')}.jpg`;
    yield { name, kind: 'file', size: bytes.length, start, chunks: inOnePiece(bytes) };
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
