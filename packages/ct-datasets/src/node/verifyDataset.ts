/**
 * Brings the files of a set onto the disk without reading an image, and looks whether those there are right.
 */
import { check } from '@curvature-tuning/checks';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import type { ArchiveName } from '../catalog/archives/archiveCatalog.js';
import { folderOf, obtainSet, recordOf } from './archive/obtainSet.js';
import { isArchive, stemOf } from '../formats/archiveEntries.js';
import { openDatasetArguments } from './openDataset.js';
import type { OpenOptions } from './openDataset.js';

/** What was found of a file of a set. */
export interface VerifiedFile {
  readonly name: string;
  /** Where it is, or would be. */
  readonly path: string;
  /**
   * `right` by size and sum; `wrong`; `unknown` where nobody states a sum and none was recorded; `unpacked` where the
   * archive is gone and what it unpacked to is there; `missing`.
   */
  readonly state: 'right' | 'wrong' | 'unknown' | 'unpacked' | 'missing';
}

/**
 * Downloads, verifies and unpacks the files of a set that comes as archives, and returns the folder they are in.
 *
 * @throws as `openDataset` does; TypeError for a set that does not come as archives.
 */
export async function downloadDataset(name: ArchiveName, options: OpenOptions = {}): Promise<string> {
  check('downloadDataset', openDatasetArguments, { name, options });
  const entry = ARCHIVE_CATALOG[checkArchive('downloadDataset', name)];
  return (await obtainSet(entry, options)).place;
}

/**
 * Reads every file of a set that is on the disk and holds it against its sum; changes nothing.
 *
 * @throws TypeError for a set that does not come as archives.
 */
export async function verifyDataset(name: ArchiveName, options: OpenOptions = {}): Promise<VerifiedFile[]> {
  check('verifyDataset', openDatasetArguments, { name, options });
  const entry = ARCHIVE_CATALOG[checkArchive('verifyDataset', name)];
  const folder = folderOf(entry, options);
  const verified: VerifiedFile[] = [];
  for (const file of options.files ?? entry.files) {
    const path = join(folder, file.name);
    const known = file.md5 === undefined && file.sha256 === undefined ? { ...file, ...(await recordOf(path)) } : file;
    const { bytes, md5, sha256 } = known;
    const size = await sizeOf(path);
    const isUnpacked = isArchive(file.name) && (await sizeOf(join(folder, stemOf(file.name)))) !== undefined;
    const isRight = async (): Promise<boolean> =>
      (bytes === undefined || size === bytes) &&
      (md5 === undefined || (await sumOf(path, 'md5')) === md5) &&
      (sha256 === undefined || (await sumOf(path, 'sha256')) === sha256);
    const state =
      size === undefined
        ? isUnpacked
          ? 'unpacked'
          : 'missing'
        : md5 === undefined && sha256 === undefined
          ? 'unknown'
          : (await isRight())
            ? 'right'
            : 'wrong';
    verified.push({ name: file.name, path, state });
  }
  return verified;
}

function checkArchive(caller: string, name: ArchiveName): ArchiveName {
  if (Object.hasOwn(ARCHIVE_CATALOG, name)) return name;
  throw new TypeError(
    `${caller}: name must be one of ${Object.keys(ARCHIVE_CATALOG).join(', ')}, got "${String(name)}"; loadDataset() ` +
      'verifies the others whenever it reads them',
  );
}

async function sumOf(path: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk);
  return hash.digest('hex');
}

function sizeOf(path: string): Promise<number | undefined> {
  return lstat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
