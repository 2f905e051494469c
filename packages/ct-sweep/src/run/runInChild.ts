/**
 * Runs a cell in a process of its own: what it leaks, hangs on or blocks ends with it.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findProgram } from './findProgram.js';
import type { Json } from '../cell/cell.js';
import type { CellLimits } from '../cell/sweep.js';
import type { CellFailure } from '../folder/records.js';
import type { Order, Report } from './messages.js';
import { residentMB } from './residentMB.js';

/** What came of a cell. */
export type Outcome =
  { result: Json; seconds: number; peakMB: number } | { failure: Pick<CellFailure, 'reason' | 'message'> };

/** How a cell is run. */
export interface ChildOptions {
  limits?: CellLimits | undefined;
  onProgress?: ((share: number) => void) | undefined;
  /** Kills the process. */
  signal?: AbortSignal | undefined;
}

/** Built: sources that run as they are (tests) start it too. */
const CHILD = fileURLToPath(new URL('../../dist/run/child.js', import.meta.url));
const DAY = 86_400;
/** Milliseconds between two looks at a process' memory. */
const LOOK = 100;

/**
 * Runs a cell in a process of its own, and kills it beyond its limits of time and resident memory. On Linux it dies
 * with its parent, however that ends (`setpriv --pdeathsig`); elsewhere it notices that the parent is gone
 * as soon as it does not compute.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function runInChild(order: Order, options: ChildOptions = {}): Promise<Outcome> {
  const { limits = {}, onProgress, signal } = options;
  signal?.throwIfAborted();
  const child = start();
  let ended: Outcome | undefined;
  let peakMB = 0;
  const end = (reason: CellFailure['reason'], message: string): void => {
    ended ??= { failure: { reason, message } };
    child.kill('SIGKILL');
  };
  const seconds = limits.seconds ?? DAY;
  // Longer than a timer can be set to is never.
  const timer =
    seconds * 1000 < 2 ** 31
      ? setTimeout(() => end('time', `took longer than its limit of ${seconds} s and was ended`), seconds * 1000)
      : undefined;
  const meter = setInterval(() => {
    const now = residentMB(child.pid!);
    peakMB = Math.max(peakMB, now);
    if (limits.memoryMB !== undefined && now > limits.memoryMB)
      end('memory', `held ${now.toFixed(0)} MB, more than its limit of ${limits.memoryMB} MB, and was ended`);
  }, LOOK);
  const kill = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  child.on('message', (message) => {
    const report = message as Report;
    if ('share' in report) onProgress?.(report.share);
    else if ('error' in report) ended ??= { failure: { reason: 'threw', message: report.error } };
    else ended ??= { ...report, peakMB: Math.max(peakMB, report.peakMB) };
  });
  // It may be gone before it hears.
  child.send(order, () => undefined);
  try {
    const [code, by] = await ending(child);
    signal?.throwIfAborted();
    return ended ?? { failure: { reason: 'died', message: `its process ended with ${by ?? `exit code ${code}`}` } };
  } finally {
    clearTimeout(timer);
    clearInterval(meter);
    signal?.removeEventListener('abort', kill);
  }
}

function start(): ChildProcess {
  const setpriv = findProgram('setpriv');
  const node = [process.execPath, CHILD];
  const [command, ...args] = setpriv === undefined ? node : [setpriv, '--pdeathsig', 'KILL', ...node];
  return spawn(command!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function ending(child: ChildProcess): Promise<[number | null, string | null]> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, by) => resolve([code, by]));
  });
}
