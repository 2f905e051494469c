/**
 * The `log` of `autoAttack` as a file.
 */
import { check, filledText } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

export const logFileArguments: Entries<{ path: string }> = { path: filledText };

/** Appends each line, with the time, to `path`. */
export function logFile(path: string): (line: string) => void {
  check('logFile', logFileArguments, { path });
  mkdirSync(dirname(path), { recursive: true });
  return (line) => appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
}
