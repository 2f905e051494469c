/**
 * Runs a cell of a folder, unless it is done: looks, runs, writes.
 */
import { hostname } from 'node:os';
import type { PlannedCell } from '../cell/sweep.js';
import type { SweepFolder } from '../folder/sweepFolder.js';
import type { Outcome } from './runInChild.js';

/** How a run of a cell ended; `different`: another one was first, with another result: the cell is no pure function. */
export type CellEnd = 'skipped' | 'written' | 'same' | 'different' | 'failed';

/**
 * Runs a cell unless it has a result. What it gives is written in one piece, and so is why it failed.
 *
 * @param run Gives the outcome.
 * @throws Error where the disk is full or cannot be written to: the cell is not done, and not to blame.
 */
export async function runCell(
  folder: SweepFolder,
  { cell, hash }: Pick<PlannedCell, 'cell' | 'hash'>,
  run: () => Promise<Outcome>,
): Promise<CellEnd> {
  if ((await folder.result(hash)) !== undefined) return 'skipped';
  const outcome = await run();
  return writable(folder, async () => {
    if ('failure' in outcome) {
      const attempts = ((await folder.failure(hash))?.attempts ?? 0) + 1;
      await folder.writeFailure(hash, { ...outcome.failure, attempts });
      return 'failed';
    }
    const { result, seconds, peakMB } = outcome;
    const written = await folder.write(cell, result);
    await folder.writeCosts(hash, { seconds, peakMB, host: hostname() });
    return written;
  });
}

async function writable<T>(folder: SweepFolder, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const full = ['ENOSPC', 'EDQUOT'].includes(code);
    throw new Error(
      `sweep: ${folder.path} must have room for results, got ${code}; ` +
        `${full ? 'make room' : 'make it writable'}, and run the same command again: what is there is kept`,
      { cause },
    );
  }
}
