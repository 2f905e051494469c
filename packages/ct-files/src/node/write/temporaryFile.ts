/**
 * Temporary files beside those that they will become: private, written once, synced, and swept when a killed process
 * left them.
 */
import { anyOf, bytes, filledText, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../errorCode.js';

/** What a file is to hold: bytes, or a text in UTF-8. */
export type FileContent = Uint8Array | string;

export const writeArguments: Entries<{ path: string; content: FileContent }> = {
  path: filledText,
  content: anyOf(bytes, text),
};

/** No write takes as long, in ms: what is older was left behind. */
const ABANDONED = 15 * 60_000;

/** Writes a temporary file for `path`, whose folder is made if it is missing; the caller renames or removes it. */
export async function writeTemporary(path: string, content: FileContent): Promise<string> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await sweep(folder, prefixOf(path));
  const temporary = join(folder, `${prefixOf(path)}${randomUUID()}.tmp`);
  // 'wx' refuses whatever is there, links too.
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(await modeOf(path));
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  return temporary;
}

/** Makes the names in a folder last; where folders cannot be synced (Windows), the system does so by itself. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP')) throw error;
  }
}

function prefixOf(path: string): string {
  return `.${basename(path).slice(0, 60)}.`;
}

async function sweep(folder: string, prefix: string): Promise<void> {
  const left = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f-]{36}\.tmp$/.test(name.slice(prefix.length)),
  );
  for (const name of left) {
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > ABANDONED) await rm(join(folder, name), { force: true });
  }
}

/** The permissions of the file that is there, else those of any new file. */
async function modeOf(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  return info === undefined ? 0o666 & ~process.umask() : info.mode & 0o777;
}
