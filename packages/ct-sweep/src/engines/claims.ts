/**
 * Who is at which cell, in files that several processes and machines share.
 *
 * A claim is a file `<hash>.<n>` that only one can make. It is renewed by writing to it; whose holder is gone is
 * taken over by making the next, `<hash>.<n + 1>`, which again only one can. What time it is, the disk says: clocks
 * may differ.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A cell that this process is at. */
export interface Claim {
  /** Lets go of it: others need not wait for the lease. */
  release: () => Promise<void>;
}

/** Claims in a folder. */
export class Claims {
  private readonly folder: string;
  private readonly lease: number;

  /** @param lease Milliseconds after which a claim that nobody renewed is anybody's. */
  constructor(folder: string, lease: number) {
    this.folder = folder;
    this.lease = lease;
  }

  /** Takes a cell, unless somebody is at it. */
  async take(hash: string): Promise<Claim | undefined> {
    const last = await this.lastOf(hash);
    if (last !== undefined && !(await this.isFree(`${hash}.${last}`))) return undefined;
    const path = join(this.folder, `${hash}.${(last ?? -1) + 1}`);
    try {
      await writeFile(path, HOLDER, { flag: 'wx' });
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return undefined;
      throw error;
    }
    const timer = setInterval(
      () => void writeFile(path, HOLDER, { flag: 'r+' }).catch(() => undefined),
      this.lease / 4,
    );
    return {
      release: async () => {
        clearInterval(timer);
        // Gone with the cell, where that is done.
        await writeFile(path, RELEASED, { flag: 'r+' }).catch(() => undefined);
      },
    };
  }

  private async lastOf(hash: string): Promise<number | undefined> {
    const generations = (await readdir(this.folder))
      .filter((name) => name.startsWith(`${hash}.`) && /^\d+$/.test(name.slice(hash.length + 1)))
      .map((name) => Number(name.slice(hash.length + 1)));
    return generations.length === 0 ? undefined : Math.max(...generations);
  }

  private async isFree(name: string): Promise<boolean> {
    const path = join(this.folder, name);
    try {
      const [holder, { mtimeMs }] = [await readFile(path, 'utf8'), await stat(path)];
      if (holder.startsWith(RELEASED.trim()) || isGone(holder)) return true;
      return (await this.now()) - mtimeMs > this.lease;
    } catch (error) {
      // The cell was finished meanwhile.
      if (hasCode(error, 'ENOENT')) return true;
      throw error;
    }
  }

  /** The time of the disk. */
  private async now(): Promise<number> {
    const probe = join(this.folder, `.now.${randomUUID()}`);
    try {
      await writeFile(probe, '');
      return (await stat(probe)).mtimeMs;
    } finally {
      await rm(probe, { force: true });
    }
  }
}

/** As long as any holder, for it is written over one. */
const WIDTH = 200;
const RELEASED = 'released'.padEnd(WIDTH);
/** Where a process id means the same: one host, since it started, in one container. */
const here = `${hostname()} ${bootId()} ${pidNamespace()}`.slice(0, 180);
const HOLDER = `${here} ${process.pid}`.padEnd(WIDTH);

/** Whether a holder was a process of this very system that is gone. */
function isGone(holder: string): boolean {
  const [, pid] = /^(\d+)$/.exec(holder.startsWith(`${here} `) ? holder.slice(here.length + 1).trim() : '') ?? [];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return 'unknown';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'unknown';
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === code;
}
