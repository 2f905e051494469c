/**
 * The unpacked files of a set in a page: fetched, unpacked once, and read from where they are kept.
 */
import { openCache, Pieces } from '@curvature-tuning/files';
import type { ArchiveEntry, SetFile } from '../catalog/archives/setEntry.js';
import { archiveEntries, isArchive, mostUnpacked, stemOf } from '../formats/archiveEntries.js';
import type { ByteSource } from '../formats/byteSource.js';
import type { SetFiles } from '../layouts/layout.js';
import { reporting } from '../opening/setProgress.js';
import { fetchFile } from './fetchFile.js';
import type { FetchFileOptions } from './fetchFile.js';

/** Where the files of a set are had from. */
export interface KeptFilesOptions extends FetchFileOptions {
  /** What is fetched instead of the catalogue's files: from other addresses, with other sums. */
  readonly files?: readonly SetFile[] | undefined;
}

/** Files that are there as a whole, beside the reading of them piece by piece. */
export interface BlobFiles extends SetFiles {
  blobOf(path: string): Blob;
}

/**
 * The files of a set.
 *
 * An archive is unpacked into one file of all its files; where that is kept, the archive is not asked for. What is
 * fetched is verified before it is unpacked.
 *
 * @throws Error where a file cannot be had; DamagedFileError for a damaged archive.
 */
export async function keptFiles(entry: ArchiveEntry, options: KeptFilesOptions): Promise<BlobFiles> {
  const { name } = entry;
  const cache = await openCache(options.cache ?? 'curvature-tuning');
  const blobs = new Map<string, Blob>();
  for (const file of options.files ?? entry.files) {
    const kept = await Pieces.open(cache, `${name}/${file.name}`);
    if (!isArchive(file.name)) {
      blobs.set(file.name, await fetchFile(kept, name, file, options));
      continue;
    }
    const stem = stemOf(file.name);
    const unpacked = await Pieces.open(cache, `${name}/unpacked/${stem}`);
    if (unpacked.record === undefined) {
      await unpacked.clear();
      await unpack(sourceOfBlob(await fetchFile(kept, name, file, options), file.name), unpacked, entry, options);
      // It would be kept twice.
      await kept.clear();
    }
    const all = unpacked.blob();
    for (const [path, [start, end]] of Object.entries(unpacked.record?.parts ?? {}))
      blobs.set(`${stem}/${path}`, all.slice(start, end));
  }
  if (blobs.size === 0) throw new Error(`loadDataset: ${name} cannot be fetched by a page; ${entry.byHand ?? ''}`);
  const blobOf = (path: string): Blob => {
    const blob = blobs.get(path);
    if (blob !== undefined) return blob;
    throw new Error(`loadDataset: ${name} holds no ${path}, which its lists name`);
  };
  return {
    place: `the cache of this page for ${name}`,
    paths: [...blobs.keys()].sort(),
    open: (path) => Promise.resolve(sourceOfBlob(blobOf(path), path)),
    blobOf,
  };
}

async function unpack(
  archive: ByteSource,
  unpacked: Pieces,
  { mostUnpacked: most = mostUnpacked(archive.size), parquet }: ArchiveEntry,
  options: FetchFileOptions,
): Promise<void> {
  const parts: Record<string, readonly [number, number]> = {};
  const bounds = { mostBytes: most, columns: parquet };
  for await (const { path, kind, chunks } of archiveEntries(reporting(archive, options), bounds)) {
    if (kind === 'folder') continue;
    const start = unpacked.length;
    for await (const chunk of chunks) await unpacked.push(chunk);
    parts[path] = [start, unpacked.length];
  }
  await unpacked.close(parts);
}

function sourceOfBlob(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}
