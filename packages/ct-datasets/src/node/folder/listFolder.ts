/**
 * The entries of a folder, without what file systems and archivers leave there, and with every one that cannot be
 * read refused by name: what was passed over in silence would be missing from the set.
 */
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../printable.js';

// Lower case. Names with a dot in front (.git, .DS_Store, ._0.png, .ipynb_checkpoints) need no entry.
const LEFTOVERS = new Set([
  '__macosx',
  '__pycache__',
  '@eadir',
  '@tmp',
  '@recycle',
  '@__thumb',
  '@transcode',
  '@recently-snapshot',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  'network trash folder',
  'temporary items',
  'found.000',
  'thumbs.db',
  'thumbs.db:encryptable',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  'icon\r',
]);

/**
 * Names of the folders and files directly in `folder`, links followed, sorted in one Unicode form. Names that begin
 * with a dot and leftovers such as `__MACOSX` and `Thumbs.db` are passed over.
 *
 * @throws Error that names what is neither a folder nor a file, leads nowhere or cannot be read.
 */
export async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, reasonOf(error));
  });
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.') || LEFTOVERS.has(name.toLowerCase())) continue;
    const path = join(folder, name);
    // Some file systems do not tell the kind of an entry with its name.
    const isKnown = entry.isDirectory() || entry.isFile();
    const target = isKnown
      ? entry
      : await stat(path).catch(async (error: unknown) => {
          throw unreadable(path, entry.isSymbolicLink() ? await linkReason(path, error) : reasonOf(error));
        });
    if (target.isDirectory()) folders.push(name);
    else if (target.isFile()) files.push(name);
    else throw unreadable(path, `it is a ${kindOf(target)}, not a file`);
  }
  return { folders: folders.sort(byUnicode), files: files.sort(byUnicode) };
}

/** An error that names a path and says why it cannot be read. */
export function unreadable(path: string, reason: string): Error {
  return new Error(`imageFolder: cannot read ${printable(path)} (${reason}); repair or remove it`);
}

/** What a fault of the file system means. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const meanings: Record<string, string> = {
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    ENOENT: 'it is missing, or its name is not UTF-8',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'its path is too long',
    EMFILE: 'too many files are open',
    EIO: 'the disk reports an error',
  };
  return meanings[code] ?? (error instanceof Error ? printable(error.message) : String(error));
}

/** Order of names that does not depend on how their accents are encoded. */
export function byUnicode(a: string, b: string): number {
  const [x, y] = [a.normalize('NFC'), b.normalize('NFC')];
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : a > b ? 1 : 0;
}

async function linkReason(path: string, error: unknown): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  if (target === undefined) return reasonOf(error);
  return isMissing
    ? `a link to ${printable(target)}, which is missing: fetch it, as with git annex get or dvc pull`
    : `a link to ${printable(target)}: ${reasonOf(error)}`;
}

function kindOf(entry: {
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}): string {
  if (entry.isFIFO()) return 'named pipe';
  if (entry.isSocket()) return 'socket';
  return entry.isCharacterDevice() || entry.isBlockDevice() ? 'device' : 'special entry';
}
