/**
 * `ct worker`: runs cells of a sweep that was begun elsewhere.
 */
import { check, count, filledText, options, real, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { SweepSummary } from '@curvature-tuning/sweep';
import { loadKinds, readPlan, runSweep } from '@curvature-tuning/sweep';
import { UsageError } from '../options/usageError.js';
import { Interrupted } from '../terminal/interrupted.js';
import { remark, say } from '../terminal/terminal.js';
import { moduleOf, redisOf } from './sweepFiles.js';

/** What `ct worker` was told, with the defaults filled in. */
export interface WorkerSettings {
  folder?: string | undefined;
  cells?: string | undefined;
  /** The sweep's name, with `redis`. */
  name?: string | undefined;
  redis?: string | undefined;
  redisCa?: string | undefined;
  /** Seconds without a cell after which it ends, with `redis`. */
  idle?: number | undefined;
  concurrency: number;
  /** Seconds. */
  lease: number;
}

export const workerCommandArguments: Entries<{ settings: WorkerSettings; signal: AbortSignal }> = {
  settings: options<WorkerSettings>(
    {
      folder: filledText,
      cells: filledText,
      name: filledText,
      redis: filledText,
      redisCa: filledText,
      idle: real({ above: 0 }),
      concurrency: count,
      lease: real({ min: 1, max: 86_400 }),
    },
    ['concurrency', 'lease'],
  ),
  signal: signalSchema,
};

/** Runs cells until none is left, or it is ended; SIGTERM ends it as Ctrl-C does, and frees its cell. */
export async function workerCommand(settings: WorkerSettings, signal: AbortSignal): Promise<SweepSummary | undefined> {
  check('workerCommand', workerCommandArguments, { settings, signal });
  const { folder, concurrency, lease } = settings;
  if (settings.redis !== undefined) return void (await workOnQueue(settings, signal));
  if (folder === undefined)
    throw new UsageError('--folder must name the folder of a sweep, or --redis and --name its queue');
  const module = moduleOf(settings.cells);
  const sweep = await readPlan(folder, await loadKinds(module));
  try {
    const summary = await runSweep(sweep, {
      module,
      folder,
      concurrency,
      lease: 1000 * lease,
      onCell: ({ hash, end }) => remark(`${hash} ${end}`),
      signal,
    });
    say(`${sweep.name}: ${summary.done} of ${summary.total} cells are done, ${summary.failed.length} failed`);
    return summary;
  } catch (error) {
    if (signal.aborted) throw new Interrupted('the cell that ran is free for others');
    throw error;
  }
}

/** Takes cells from a queue; results go to the folder, where this machine shares it, else over the queue. */
async function workOnQueue(settings: WorkerSettings, signal: AbortSignal): Promise<void> {
  const { name, folder, concurrency, lease, idle } = settings;
  if (name === undefined) throw new UsageError('--name must be that of the sweep, with --redis');
  const { workOnRedis } = await import('@curvature-tuning/sweep/redis');
  await workOnRedis({
    redis: redisOf(settings),
    ...{ name, module: moduleOf(settings.cells), folder, concurrency, lease: 1000 * lease },
    idle: idle === undefined ? undefined : 1000 * idle,
    onCell: ({ hash, end }) => remark(`${hash} ${end}`),
    signal,
  });
}
