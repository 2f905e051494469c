/**
 * Makes a file that only one of several writers can make.
 */
import { constants, copyFile, link, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeTemporary } from './temporaryFile.js';

/**
 * Writes `path` in one piece if there is no such file, on network file systems too: the first writer wins.
 *
 * @returns Whether it was written now; false when there was one, which stays as it is.
 */
export async function writeOnce(path: string, content: Uint8Array | string): Promise<boolean> {
  const temporary = await writeTemporary(path, content);
  try {
    await linkOrCopy(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
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
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(temporary, path, constants.COPYFILE_EXCL);
  }
}
