/**
 * Writes files that are never there half-written.
 */
import { replaceFile } from '@curvature-tuning/files/node';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes files by name into `folder`, which is made if it is missing, and returns their paths. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await replaceFile(path, content);
    paths.push(path);
  }
  return paths;
}

/** Removes files of an earlier run that this one may not write, so that what lies there belongs together. */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { force: true });
}
