/**
 * The file that a download grows in. Each download writes into one of its own, which nobody else opens, and what is
 * left of a download that ended early is copied before it is gone on with. So whoever takes part, however badly it
 * is timed, and whatever is killed: no bytes reach a file that has been verified.
 *
 *     .<name>.<tag>.part   growing, or left by a process that was killed; the tag says whose it is
 *     <name>.part          left by a download that failed or was aborted; belongs to whoever renames it first
 *     <name>               whole and verified; made by a link, which fails where there is one already
 */
import { constants } from 'node:fs';
import { chmod, link, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../errorCode.js';
import { syncFolder } from '../write/temporaryFile.js';
import { isAbandoned, ownTag, TAG_PATTERN } from './ownerTag.js';

/** A file of this download's own, open for reading and writing. */
export interface PartialFile {
  readonly file: FileHandle;
  /**
   * Gives the file its final name, unless there is a file of that name; tells which. Nothing may be written after it.
   */
  publish(): Promise<boolean>;
  /** Leaves what has arrived to the next download, and closes the file; to be called at the end, published or not. */
  leave(): Promise<void>;
}

/**
 * Opens a file for the download of `destination`, with what earlier ones left of at most `bytes` bytes; removes
 * temporary files in that folder that are of no more use.
 */
export async function openPartialFile(destination: string, bytes: number): Promise<PartialFile> {
  const folder = dirname(destination);
  const shelf = `${destination}.part`;
  const path = await privatePath(destination);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  let isPublished = false;
  try {
    await adopt(await claimAll(destination), file, bytes);
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  return {
    file,
    publish: async () => {
      await chmod(path, 0o666 & ~process.umask()).catch(ignorePermission);
      // Before the link, lest a power cut leave the name without the bytes.
      await file.sync();
      isPublished = await linkOnce(path, destination);
      if (isPublished) {
        // Its name is there now; whether that lasts is not the download's to decide.
        await syncFolder(folder).catch(() => undefined);
        await rm(shelf, { force: true }).catch(() => undefined);
      }
      return isPublished;
    },
    leave: async () => {
      const { size } = await file.stat();
      await file.sync();
      await file.close();
      const isWanted = async (): Promise<boolean> => !isPublished && size > 0 && !(await exists(destination));
      if ((await isWanted()) && size > (await sizeOf(shelf))) {
        await rename(path, shelf).catch(ignoreMissing);
        // Another download may have ended meanwhile, and not have seen it.
        if (!(await isWanted())) await rm(shelf, { force: true });
      } else {
        await rm(path, { force: true });
      }
    },
  };
}

/** Takes what earlier downloads of `destination` left, each under a private name, which only one process can. */
async function claimAll(destination: string): Promise<string[]> {
  const folder = dirname(destination);
  const claimed: string[] = [];
  const pattern = new RegExp(`^\\.(.+)\\.(${TAG_PATTERN})\\.part$`);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // Whatever a folder of such a name holds is not ours.
    if (entry.isDirectory()) continue;
    const [, name = '', tag = ''] = pattern.exec(entry.name) ?? [];
    const path = join(folder, entry.name);
    const isShelf = entry.name === `${basename(destination)}.part`;
    if (!isShelf && (tag === '' || !(await isLeft(path, tag)))) continue;
    if (isShelf || name === basename(destination)) {
      const own = await privatePath(destination);
      const isMine = await rename(path, own).then(() => true, notMine);
      if (isMine) claimed.push(own);
    } else if (await exists(join(folder, name))) {
      await rm(path, { force: true });
    }
  }
  return claimed;
}

/** Copies the longest of the claimed files that can be gone on with into `file`, and removes them all. */
async function adopt(claimed: readonly string[], file: FileHandle, bytes: number): Promise<void> {
  const found = await Promise.all(claimed.map(async (path) => ({ path, entry: await lstat(path) })));
  const usable = found.filter(({ entry }) => entry.isFile() && entry.size > 0 && entry.size <= bytes);
  const [longest] = usable.sort((a, b) => b.entry.size - a.entry.size);
  // Another user's may be unreadable: then the download begins anew.
  const source =
    longest && (await open(longest.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined));
  try {
    let position = 0;
    for await (const chunk of source ? readChunks(source, bytes) : []) {
      await writeAt(file, chunk, position);
      position += chunk.length;
    }
  } finally {
    await source?.close();
  }
  for (const { path } of found) await rm(path, { force: true });
}

/** The first `bytes` bytes of a file, piece by piece; a piece is valid until the next one is asked for. */
export async function* readChunks(file: FileHandle, bytes: number = Infinity): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(2 ** 18);
  for (let position = 0; position < bytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Writes the whole chunk at a position. */
export async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

async function linkOnce(path: string, destination: string): Promise<boolean> {
  try {
    await link(path, destination);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // Disks without hard links, such as exFAT. Whoever is faster here has verified the same bytes.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'EXDEV')) throw error;
    if (await exists(destination)) return false;
    await rename(path, destination);
    return true;
  }
}

async function privatePath(destination: string): Promise<string> {
  return join(dirname(destination), `.${basename(destination)}.${await ownTag()}.part`);
}

async function isLeft(path: string, tag: string): Promise<boolean> {
  const entry = await lstat(path).catch(() => undefined);
  return entry !== undefined && isAbandoned(tag, entry.mtimeMs);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function ignoreMissing(error: unknown): boolean {
  if (!hasCode(error, 'ENOENT')) throw error;
  return false;
}

/** Another process took it, or the folder keeps each user's files to that user. */
function notMine(error: unknown): boolean {
  if (!hasCode(error, 'ENOENT', 'EPERM', 'EACCES')) throw error;
  return false;
}

function ignorePermission(error: unknown): void {
  if (!hasCode(error, 'EPERM', 'ENOTSUP')) throw error;
}
