/**
 * Unpacks an archive into a folder that is whole or not there.
 */
import { makeFolder } from '@curvature-tuning/files/node';
import type { Progress } from '@curvature-tuning/checks';
import { secondsLeft } from '@curvature-tuning/checks';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '../../formats/byteSource.js';
import { chunksOf } from '../../formats/byteSource.js';
import { DamagedFileError } from '../../formats/damagedFile.js';
import type { ParquetColumns } from '../../formats/parquet.js';
import { readParquetImages } from '../../formats/parquet.js';
import { readTar } from '../../formats/tar.js';
import { listZip, readZipEntry } from '../../formats/zip.js';
import { entryPath } from './entryPath.js';
import { fileSource } from './fileSource.js';

/** How far an archive has been unpacked. */
export interface UnpackProgress extends Progress {
  readonly phase: 'unpack';
  /** Bytes of the archive so far. */
  readonly done: number;
  /** Bytes of the archive. */
  readonly total: number;
  /** Name of the archive. */
  readonly file: string;
}

/** Bounds of what is made of an archive, and how to follow it. */
export interface UnpackOptions {
  /** What the archive is called. */
  readonly name: string;
  /** The most bytes all entries may have together. */
  readonly mostBytes: number;
  /** Of a Parquet file. */
  readonly columns?: ParquetColumns | undefined;
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An entry of any kind of archive. */
interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

// More files than any known set has.
const MOST_ENTRIES = 4_000_000;
// Entries up to this size are written in one piece, which is much quicker.
const SMALL = 2 ** 22;

/** Whether a file is unpacked, by its name. */
export function isArchive(name: string): boolean {
  return /\.(zip|npz|tar|tgz|tar\.gz|parquet)$/i.test(name);
}

/** The name of an archive without its endings, that of the folder it is unpacked to. */
export function stemOf(name: string): string {
  return name.replace(/\.(zip|npz|tar|tgz|tar\.gz|parquet)$/i, '');
}

/**
 * Unpacks the archive at `path` into `folder`, unless that is there: zip, npz, tar, tar.gz, and the images of a Parquet
 * file as `<label>/<row>.jpg`. Told by first bytes, not by the name.
 *
 * Entries are written as they are read; what is held in memory is a piece, or a group of rows. Nothing is left behind
 * where it fails, and a kill at any moment leaves nothing that counts: the next call begins anew.
 *
 * @throws DamagedFileError for a damaged archive, and for one with names that lead out of the folder, links, devices,
 * two entries of one name, or more than `mostBytes`; the reason of `signal`; the error of the file system, such as
 * ENOSPC.
 */
export async function unpack(path: string, folder: string, options: UnpackOptions): Promise<void> {
  const { name, mostBytes, signal } = options;
  await makeFolder(folder, async (own) => {
    const source = reporting(fileSource(path, name), options);
    const seen = new Set<string>();
    let bytes = 0;
    const fault = (what: string): DamagedFileError => new DamagedFileError('unpack', { file: name, fault: what });
    for await (const entry of await entriesOf(source, options.columns)) {
      signal?.throwIfAborted();
      const place = entryPath(entry.name, name);
      if (entry.kind === 'link' || entry.kind === 'special')
        throw fault(`its entry ${JSON.stringify(entry.name)} is a ${entry.kind}, which is not unpacked`);
      if (place === undefined) continue;
      if (entry.kind === 'folder') {
        await mkdir(join(own, place), { recursive: true });
        continue;
      }
      // On some systems names differ in more than case.
      const key = place.normalize('NFC').toLowerCase();
      if (seen.has(key)) throw fault(`it has two entries ${JSON.stringify(entry.name)}`);
      seen.add(key);
      if (seen.size > MOST_ENTRIES) throw fault(`it has more than ${MOST_ENTRIES} entries`);
      bytes += entry.size;
      if (bytes > mostBytes) throw fault(`it unpacks to more than ${mostBytes} bytes, which no such set has`);
      await writeEntry(join(own, place), entry);
    }
    if (seen.size === 0) throw fault('it holds no file');
  });
}

async function writeEntry(path: string, { size, chunks }: Entry): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (size > SMALL) {
    await pipeline(Readable.from(chunks, { objectMode: false }), createWriteStream(path, { flags: 'wx' }));
    return;
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  await writeFile(path, Buffer.concat(parts), { flag: 'wx' });
}

/** The entries of an archive of whichever kind its first bytes say. */
async function entriesOf(source: ByteSource, columns?: ParquetColumns): Promise<AsyncIterable<Entry>> {
  const head = Buffer.from(await source.slice(0, Math.min(4, source.size))).toString('latin1');
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
    const { name, kind, size } = entry;
    yield { name, kind, size, chunks: readZipEntry(source, entry) };
  }
}

async function* parquetEntries(source: ByteSource, columns: ParquetColumns): AsyncGenerator<Entry> {
  for await (const { row, label, bytes } of readParquetImages(source, columns)) {
    const name = `${label}/${String(row).padStart(7, '0')}.jpg`;
    yield { name, kind: 'file', size: bytes.length, chunks: Readable.from([bytes]) };
  }
}

/** A source that tells how far it was read. */
function reporting(source: ByteSource, { name, onProgress, signal }: UnpackOptions): ByteSource {
  const begun = performance.now();
  let done = 0;
  return {
    ...source,
    slice: async (start, end) => {
      signal?.throwIfAborted();
      const bytes = await source.slice(start, end);
      if (end > done) {
        done = end;
        const left = secondsLeft((performance.now() - begun) / 1000, done, source.size);
        onProgress?.({ phase: 'unpack', file: name, done, total: source.size, secondsLeft: left });
      }
      return bytes;
    },
  };
}
