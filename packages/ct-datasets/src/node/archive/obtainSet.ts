/**
 * Brings the files of a set onto the disk: from where they lie, else downloaded, verified and unpacked.
 */
import { parseJson, text, whole, objectWith } from '@curvature-tuning/checks';
import { download, writeOnce } from '@curvature-tuning/files/node';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveEntry, SetFile } from '../../catalog/archives/setEntry.js';
import { isArchive, mostUnpacked, stemOf } from '../../formats/archiveEntries.js';
import type { SetFiles } from '../../layouts/layout.js';
import type { SetProgress } from '../../opening/setProgress.js';
import { addressIn } from '../../opening/addressIn.js';
import { cacheRoot } from '../cacheRoot.js';
import type { ObtainOptions } from '../download.js';
import { mirrorsOf } from '../mirrors.js';
import { diskFiles } from './diskFiles.js';
import { unpack } from './unpack.js';

/** Where the files of a set are looked for, and how they are fetched. */
export interface ObtainSetOptions extends Omit<ObtainOptions, 'onProgress'> {
  /** Called as a download and unpacking proceed. */
  readonly onProgress?: ((progress: SetProgress) => void) | undefined;
  /** What is fetched instead of the catalogue's files: from other addresses, with other sums. */
  readonly files?: readonly SetFile[] | undefined;
}

/** The folder of a set: `<root>/<name>`, or the one that was named. */
export function folderOf({ name }: Pick<ArchiveEntry, 'name'>, options: ObtainSetOptions): string {
  return options.folder ?? join(cacheRoot(options.root), name);
}

/**
 * The unpacked files of a set.
 *
 * An archive is unpacked beside itself, into a folder of its name without endings; where that folder is there, however
 * it came there, the archive is not asked for. What is fetched is verified before it is unpacked.
 *
 * @throws Error where a file cannot be had, naming addresses, sum and folder; DamagedFileError for a damaged archive.
 */
export async function obtainSet(entry: ArchiveEntry, options: ObtainSetOptions): Promise<SetFiles> {
  const folder = folderOf(entry, options);
  for (const file of options.files ?? entry.files) {
    const target = isArchive(file.name) ? join(folder, stemOf(file.name)) : join(folder, file.name);
    if (await exists(target)) continue;
    await obtainArchive(entry, file, options);
    if (!isArchive(file.name)) continue;
    const path = join(folder, file.name);
    const { size } = await lstat(path);
    await unpack(path, target, {
      name: file.name,
      mostBytes: entry.mostUnpacked ?? mostUnpacked(size),
      columns: entry.parquet,
      onProgress: options.onProgress,
      signal: options.signal,
    });
  }
  if (!(await exists(folder)))
    throw new Error(`loadDataset: ${entry.name} is not in ${folder} and cannot be fetched; ${entry.byHand ?? ''}`);
  return diskFiles(folder);
}

/** Brings one file of a set onto the disk as it is on its servers, and returns its path. */
export async function obtainArchive(entry: ArchiveEntry, file: SetFile, options: ObtainSetOptions): Promise<string> {
  const folder = folderOf(entry, options);
  const path = join(folder, file.name);
  const recorded = await recordOf(path);
  const sums = file.md5 === undefined && file.sha256 === undefined ? { ...file, ...recorded } : file;
  const mirrors = options.mirrors ?? mirrorsOf(entry.name);
  const urls = [
    ...mirrors.map((mirror) => addressIn(mirror, file.name)),
    ...(options.mirrors === undefined ? file.urls : []),
  ];
  const sum = sums.md5 ?? sums.sha256;
  const addresses = urls.length === 0 ? '' : ` from one of\n${urls.map((url) => `  ${url}\n`).join('')}`;
  const cure =
    `To go on without a network, put ${file.name}${sum === undefined ? '' : ` (${sum})`}${addresses} into ${folder}` +
    `${entry.byHand === undefined ? '' : `: ${entry.byHand}`}.`;
  const isThere = await exists(path);
  if (!isThere && (options.offline === true || urls.length === 0))
    throw new Error(
      `loadDataset: ${file.name} of ${entry.name} is not in ${folder}` +
        `${options.offline === true ? ', and offline is set' : ''}.\n${cure}`,
    );
  await mkdir(folder, { recursive: true });
  try {
    await download(path, {
      name: file.name,
      bytes: sums.bytes,
      md5: sums.md5,
      sha256: sums.sha256,
      urls,
      onProgress: options.onProgress,
      signal: options.signal,
      idleTimeout: options.idleTimeout,
    });
  } catch (cause) {
    options.signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`loadDataset: ${file.name} of ${entry.name} cannot be had.\n${reason}\n${cure}`, { cause });
  }
  if (file.sum === 'first download' && recorded === undefined)
    await writeOnce(recordPath(path), `${JSON.stringify(await measured(path))}\n`);
  return path;
}

/** Size and SHA-256 of a file. */
export async function measured(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

const recordSchema = objectWith<{ bytes: number; sha256: string }>({ bytes: whole({ min: 0 }), sha256: text }, [
  'bytes',
  'sha256',
]);

/** What the first download of a file was, where that is recorded: it is held to. */
export async function recordOf(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const record = await readFile(recordPath(path), 'utf8').catch(() => undefined);
  return record === undefined ? undefined : parseJson('loadDataset', recordPath(path), record, recordSchema);
}

const recordPath = (path: string): string => `${path}.first.json`;

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
