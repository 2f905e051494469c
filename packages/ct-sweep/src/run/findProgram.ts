/**
 * Programs on PATH.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const FOUND = new Map<string, string | undefined>();

/** The path of a program; undefined where there is none, as there is none for Linux' own elsewhere. */
export function findProgram(name: string): string | undefined {
  if (!FOUND.has(name))
    FOUND.set(
      name,
      (process.env['PATH'] ?? '')
        .split(delimiter)
        .map((folder) => join(folder, name))
        .find(isExecutable),
    );
  return FOUND.get(name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
