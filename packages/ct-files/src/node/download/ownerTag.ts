/**
 * Names that say which process a temporary file belongs to, so that what a killed process left can be told from what
 * a living one is writing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../errorCode.js';

// A process number may mean another process on another machine, in another container and after a restart.
let machine: Promise<string> | undefined;
const machineOf = (): Promise<string> =>
  (machine ??= Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]).then((parts) =>
    createHash('sha256')
      .update([hostname(), ...parts].join('\n'))
      .digest('hex')
      .slice(0, 12),
  ));

// Files of other machines are judged by their age: a download writes, or gives up, well within this.
const ABANDONED_AFTER = 10 * 60_000;

/** A tag of this process, another one at every call: `<machine>-<process>-<its start>-<random>`. */
export async function ownTag(): Promise<string> {
  const { start = 0 } = (await lookUp(process.pid)) ?? {};
  return `${await machineOf()}-${process.pid}-${start}-${randomBytes(6).toString('hex')}`;
}

/** What tags look like, as a part of a regular expression. */
export const TAG_PATTERN = '[0-9a-f]{12}-\\d+-\\d+-[0-9a-f]{12}';

/** Whether the owner of a file with this tag, last written at `modified` (ms), is certain not to write any more. */
export async function isAbandoned(tag: string, modified: number): Promise<boolean> {
  const [where, pid, start] = tag.split('-');
  if (where !== (await machineOf())) return Date.now() - modified > ABANDONED_AFTER;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return hasCode(error, 'ESRCH');
  }
  const found = await lookUp(Number(pid));
  // The number may have been given to a new process, or be kept for one that has ended.
  return found !== undefined && (found.isEnded || found.start !== Number(start));
}

/** When a process began, in ticks since the machine did; undefined where there is no /proc. */
async function lookUp(pid: number): Promise<{ start: number; isEnded: boolean } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program comes second, in brackets, and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && { isEnded: fields[0] === 'Z' || fields[0] === 'X', start: Number(fields[19]) };
}
