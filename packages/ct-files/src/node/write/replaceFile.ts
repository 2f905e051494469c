/**
 * Replaces a file in one piece: a reader, a second writer, or a process that is killed sees the old bytes or the new
 * ones.
 */
import { check } from '@curvature-tuning/checks';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeArguments, writeTemporary } from './temporaryFile.js';
import type { FileContent } from './temporaryFile.js';

/** Replaces `path`, whose folder is made if it is missing. */
export async function replaceFile(path: string, content: FileContent): Promise<void> {
  check('replaceFile', writeArguments, { path, content });
  const temporary = await writeTemporary(path, content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
