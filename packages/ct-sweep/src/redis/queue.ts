/**
 * The queue of a sweep: cells as jobs, which are data and never code, each under its hash.
 */
import type { Schema } from '@curvature-tuning/checks';
import { matching, options } from '@curvature-tuning/checks';
import type { JobsOptions, Queue } from 'bullmq';
import type { Cell } from '../cell/cell.js';
import { cellSchema } from '../cell/cell.js';
import type { CellLimits, PlannedCell } from '../cell/sweep.js';
import { limitsSchema } from '../cell/sweep.js';
import type { RedisPlace } from './connection.js';
import { bullmq, connectionTo } from './connection.js';

/** What a job holds. */
export interface CellJob {
  format: 1;
  cell: Cell;
  limits: CellLimits;
}

export const cellJob: Schema<CellJob> = options<CellJob>(
  {
    format: matching((value): value is 1 => value === 1, { expects: 'format 1' }),
    cell: cellSchema,
    limits: limitsSchema,
  },
  ['format', 'cell', 'limits'],
);

/** In Redis: names of the queue and of the results that wait to be fetched. */
export function namesOf(sweep: string): { queue: string; results: string } {
  return { queue: `ct-sweep-${sweep}`, results: `ct-sweep-results:${sweep}` };
}

/** Opens a queue; what goes wrong with its connection is for those who ask it something. */
export async function openQueue(sweep: string, place: RedisPlace): Promise<Queue> {
  const { Queue } = await bullmq();
  const queue = new Queue(namesOf(sweep).queue, { connection: connectionTo(place) });
  queue.on('error', () => undefined);
  return queue;
}

const DEAREST = 1_000_000;

/** How a cell is queued: dearest first (1 is the highest priority), tried again after half a second, one, two … */
export function jobOptions(cost: number, limits: CellLimits, hash: string): JobsOptions {
  return {
    jobId: hash,
    attempts: limits.attempts ?? 3,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    priority: Math.max(1, DEAREST - Math.round(cost)),
  };
}

const BATCH = 500;

/** Adds cells; one that the queue knows already is left as it is, so this may be done at any time. */
export async function addCells(queue: Queue, cells: readonly PlannedCell[], limits: CellLimits): Promise<void> {
  for (let from = 0; from < cells.length; from += BATCH)
    await queue.addBulk(
      cells.slice(from, from + BATCH).map(({ cell, hash, cost }) => ({
        name: cell.kind,
        data: { format: 1, cell, limits } satisfies CellJob,
        opts: jobOptions(cost, limits, hash),
      })),
    );
}
