/**
 * Writes files that are never there half-written.
 */
import { replaceFile } from '@curvature-tuning/files/node';
import { join } from 'node:path';

/** Writes files by name into `folder`, which is made if it is missing, and returns their paths. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await replaceFile(path, text);
    paths.push(path);
  }
  return paths;
}
