/**
 * Makes a file that only one of several writers can make.
 */
import { check } from '@curvature-tuning/checks';
import { constants, copyFile, link, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../errorCode.js';
import { syncFolder, writeArguments, writeTemporary } from './temporaryFile.js';
import type { FileContent } from './temporaryFile.js';

/**
 * Writes `path` in one piece if there is no such file, on network file systems too: the first writer wins.
 *
 * @returns Whether it was written now; false when there was one, which stays as it is.
 */
export async function writeOnce(path: string, content: FileContent): Promise<boolean> {
  check('writeOnce', writeArguments, { path, content });
  const temporary = await writeTemporary(path, content);
  try {
    await linkOrCopy(temporary, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

async function linkOrCopy(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    // File systems without links: FAT, some mounts.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK')) throw error;
    await copyFile(temporary, path, constants.COPYFILE_EXCL);
  }
}
