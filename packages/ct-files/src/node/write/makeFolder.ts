/**
 * Makes a folder of many files that is whole or not there, such as an unpacked archive.
 */
import { check, filledText, func } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAbandoned, ownTag, TAG_PATTERN } from '../download/ownerTag.js';
import { hasCode } from '../errorCode.js';
import { syncFolder } from './temporaryFile.js';

/** Puts files into the folder at a path, which exists and is empty. */
export type FillFolder = (folder: string) => Promise<void>;

export const makeFolderArguments: Entries<{ path: string; fill: FillFolder }> = {
  path: filledText,
  fill: func<FillFolder>(),
};

/**
 * Makes the folder `path` with what `fill` puts into it, if there is none: it gets its name once `fill` has ended.
 *
 * What a killed process left of the same folder is removed first; nothing is gone on with. Where several processes make
 * one folder at once, the first to end wins and the others throw their work away.
 *
 * @returns Whether it was made now; false when there was one, which stays as it is.
 * @throws what `fill` throws, after which nothing is left behind.
 */
export async function makeFolder(path: string, fill: FillFolder): Promise<boolean> {
  check('makeFolder', makeFolderArguments, { path, fill });
  if (await exists(path)) return false;
  const [parent, name] = [dirname(path), basename(path)];
  await mkdir(parent, { recursive: true });
  await sweep(parent, name);
  const own = join(parent, `.${name}.${await ownTag()}.tmp`);
  await mkdir(own);
  try {
    await fill(own);
    await rename(own, path);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    // A folder can be renamed over an empty one alone.
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST') && (await exists(path))) return false;
    throw error;
  }
  await syncFolder(parent);
  return true;
}

async function sweep(parent: string, name: string): Promise<void> {
  const pattern = new RegExp(`^(${TAG_PATTERN})\\.tmp$`);
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`.${name}.`)) continue;
    const [, tag] = pattern.exec(entry.slice(name.length + 2)) ?? [];
    const path = join(parent, entry);
    const info = tag === undefined ? undefined : await lstat(path).catch(() => undefined);
    if (info && (await isAbandoned(tag!, info.mtimeMs))) await rm(path, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
