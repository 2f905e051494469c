/**
 * The `log` of `autoAttack` as a file.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Appends each line, with the time, to `path`. */
export function logFile(path: string): (line: string) => void {
  mkdirSync(dirname(path), { recursive: true });
  return (line) => appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
}
