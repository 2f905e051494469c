/**
 * Folders that are either whole or not there.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sealFolder } from '../sealedFolder.js';

/**
 * Makes a folder: `fill` writes into a temporary one beside it, which takes the name when it is complete and sealed.
 * What was there under that name goes only then, if it is to be replaced.
 *
 * A failure or an interruption leaves nothing behind, and what a process that was killed left is removed next time. Of
 * two processes that make the same folder at once, the first wins.
 */
export async function makeFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  { replace = false }: { replace?: boolean } = {},
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(folder);
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(temporary);
  try {
    await fill(temporary);
    sealFolder(temporary);
    if (replace) await rm(folder, { recursive: true, force: true });
    try {
      await rename(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const [, of, pid] = /^(.*)\.(\d+)\.tmp$/.exec(name) ?? [];
    if (of === basename(folder) && !isRunning(Number(pid)))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
