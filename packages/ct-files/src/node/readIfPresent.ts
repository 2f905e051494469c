/**
 * Files that may not be there yet.
 */
import { check, filledText } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { readFile } from 'node:fs/promises';
import { hasCode } from './errorCode.js';

export const readIfPresentArguments: Entries<{ path: string }> = { path: filledText };

/** The bytes of a file, or undefined when there is none of that name; other faults of the file system are thrown. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  check('readIfPresent', readIfPresentArguments, { path });
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
