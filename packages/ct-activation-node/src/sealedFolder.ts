/**
 * Libraries in the cache are loaded into the process, and so must be those that set-up put there: owned by the user or
 * by root, writable by nobody else, and with the sums that were noted when they were made.
 */
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SUMS = 'sums.json';
const LIBRARY = /\.(node|so)(\.\d+)*$/;
const WRITABLE_BY_OTHERS = 0o022;

/** Notes the sums of the libraries in a folder, and lets nobody else write to them. */
export function sealFolder(folder: string): void {
  const sums = Object.fromEntries(librariesIn(folder).map((name) => [name, sumOf(join(folder, name))]));
  writeFileSync(join(folder, SUMS), `${JSON.stringify(sums, null, 1)}\n`);
  for (const path of partsOf(folder, Object.keys(sums)))
    chmodSync(path, lstatSync(path).mode & ~WRITABLE_BY_OTHERS & 0o7777);
}

/** Why the libraries in a folder are not to be loaded; undefined where nothing speaks against it. */
export function whyNotSealed(folder: string): string | undefined {
  let sums: Record<string, unknown>;
  try {
    sums = JSON.parse(readFileSync(join(folder, SUMS), 'utf8')) as Record<string, unknown>;
  } catch {
    return `${folder} has no sums of its libraries`;
  }
  const libraries = librariesIn(folder);
  for (const path of partsOf(folder, libraries)) {
    const { uid, mode } = lstatSync(path);
    const user = process.getuid?.() ?? uid;
    if (uid !== user && uid !== 0) return `${path} belongs to user ${uid}, not to ${user} or root`;
    if ((mode & WRITABLE_BY_OTHERS) !== 0)
      return `${path} may be written by others (mode ${(mode & 0o777).toString(8)})`;
  }
  for (const name of new Set([...libraries, ...Object.keys(sums ?? {})])) {
    const got = libraries.includes(name) ? sumOf(join(folder, name)) : 'no file';
    if (got !== sums?.[name])
      return `${join(folder, name)} has sha256 ${got}, not ${String(sums?.[name])} as when it was made`;
  }
  return undefined;
}

/** The folder, the folders of the libraries within it, the libraries and their sums. */
function partsOf(folder: string, libraries: readonly string[]): string[] {
  const above = libraries.flatMap((name) =>
    name
      .split('/')
      .slice(0, -1)
      .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
  );
  return ['.', SUMS, ...new Set(above), ...libraries].map((name) => join(folder, name));
}

/** Files alone; a link to one of them has its sum. */
function librariesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => LIBRARY.test(name) && lstatSync(join(folder, name)).isFile())
    .sort();
}

/** In pieces: libtensorflow has half a gigabyte. */
function sumOf(path: string): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(1 << 22);
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
