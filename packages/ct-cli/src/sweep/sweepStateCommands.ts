/**
 * `ct sweep status | retry | cancel | table`: what a sweep's folder says, and what it is told.
 */
import { check } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Json } from '@curvature-tuning/sweep';
import { remark, say } from '../terminal/terminal.js';
import type { SweepPlace } from './sweepFiles.js';
import { openSweep, redisOf, sweepPlace } from './sweepFiles.js';

export const sweepPlaceArguments: Entries<{ settings: SweepPlace }> = { settings: sweepPlace };

/** How far a sweep is. */
export interface SweepStatus {
  total: number;
  done: number;
  failed: number;
  left: number;
  /** Seconds of all cells that are done, and of the others by their expected costs; null before there is one. */
  seconds: number;
  secondsLeft: number | null;
  cancelled: boolean;
}

/** Says how far a sweep is, and why cells failed. */
export async function statusCommand(settings: SweepPlace): Promise<SweepStatus> {
  check('statusCommand', sweepPlaceArguments, { settings });
  const { planned, folder, sweep } = await openSweep(settings);
  const [done, failures] = [await folder.done(), await folder.failed()];
  let [seconds, spent, open, failed] = [0, 0, 0, 0];
  for (const { hash, cost, cell } of planned) {
    if (done.has(hash)) {
      const costs = await folder.costs(hash);
      if (costs === undefined) continue;
      seconds += costs.seconds;
      spent += cost;
    } else {
      open += cost;
      if (!failures.has(hash)) continue;
      failed++;
      const { reason, message, attempts } = (await folder.failure(hash))!;
      const [line] = message.split('\n');
      remark(`${hash.slice(0, 8)} ${cell.kind} ${JSON.stringify(cell.spec)}: ${reason}, ${attempts} times: ${line}`);
    }
  }
  const finished = planned.filter(({ hash }) => done.has(hash)).length;
  const status: SweepStatus = {
    total: planned.length,
    done: finished,
    failed,
    left: planned.length - finished - failed,
    seconds,
    secondsLeft: spent === 0 ? null : (seconds / spent) * open,
    cancelled: await folder.isCancelled(),
  };
  say(
    `${sweep.name}: ${status.done} of ${status.total} done in ${seconds.toFixed(0)} s, ${failed} failed, ` +
      `${status.left} left${status.secondsLeft === null ? '' : ` (${status.secondsLeft.toFixed(0)} s of one worker)`}` +
      `${status.cancelled ? ', cancelled' : ''}`,
  );
  return status;
}

/** Lets cells that failed begin anew. */
export async function retryCommand(settings: SweepPlace): Promise<string[]> {
  check('retryCommand', sweepPlaceArguments, { settings });
  const { planned, folder } = await openSweep(settings);
  const failed = await folder.failed();
  const hashes = planned.flatMap(({ hash }) => (failed.has(hash) ? [hash] : []));
  for (const hash of hashes) await folder.forget(hash);
  say(`${hashes.length} cells begin anew with the next run`);
  return hashes;
}

/** Lets no cell begin until the next run. */
export async function cancelCommand(settings: SweepPlace): Promise<void> {
  check('cancelCommand', sweepPlaceArguments, { settings });
  const { folder, sweep } = await openSweep(settings);
  await folder.cancel();
  if (settings.redis !== undefined)
    await (await import('@curvature-tuning/sweep/redis')).emptyQueue(sweep.name, redisOf(settings));
  say(`${sweep.name} is cancelled: no cell begins until ct sweep runs it again`);
}

/** Prints specifications and results as CSV, a line a cell, in the order of the plan. */
export async function tableCommand(settings: SweepPlace): Promise<string> {
  check('tableCommand', sweepPlaceArguments, { settings });
  const { planned, folder } = await openSweep(settings);
  const rows: Map<string, Json>[] = [];
  for (const { hash, cell } of planned) {
    const found = await folder.result(hash);
    if (found === undefined) continue;
    rows.push(
      new Map<string, Json>([['hash', hash], ['kind', cell.kind], ...flat(cell.spec), ...flat(found.result, '=')]),
    );
  }
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const lines = rows.map((row) => columns.map((column) => field(row.get(column))).join(','));
  const csv = [columns.map(field).join(','), ...lines].join('\n');
  say(csv);
  return csv;
}

/** The values of a JSON by their paths. */
function flat(value: Json, path = ''): [string, Json][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[path || 'value', value]];
  return Object.entries(value as Record<string, Json>).flatMap(([key, inner]) =>
    flat(inner, path === '' || path === '=' ? `${path}${key}` : `${path}.${key}`),
  );
}

function field(value: Json | undefined): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
