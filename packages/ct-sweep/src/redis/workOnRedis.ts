/**
 * A worker: takes cells from a queue and runs each in a process of its own.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, checkValue, count, filledText, flag, func, options, real, signal } from '@curvature-tuning/checks';
import type { Job } from 'bullmq';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellKinds } from '../cell/cell.js';
import { hashOfCell } from '../cell/cell.js';
import { loadKinds } from '../cell/loadKinds.js';
import { sweepName } from '../cell/sweep.js';
import type { CellEvent } from '../engines/runSweep.js';
import { SweepFolder } from '../folder/sweepFolder.js';
import { kindOf } from '../run/callKind.js';
import type { CellEnd } from '../run/runCell.js';
import { runCell } from '../run/runCell.js';
import type { Outcome } from '../run/runInChild.js';
import { runInChild } from '../run/runInChild.js';
import { runInProcess } from '../run/runInProcess.js';
import type { RedisPlace } from './connection.js';
import { bullmq, connectionTo, openClient, redisPlace } from './connection.js';
import type { CellJob } from './queue.js';
import { cellJob, namesOf } from './queue.js';

/** How a worker works. */
export interface RedisWorkerOptions {
  redis: RedisPlace;
  /** The sweep's name. */
  name: string;
  /** The module that exports the kinds of cells as `cells`. */
  module: string;
  /** The sweep's folder, where this machine shares it. Default: results go over the queue. */
  folder?: string | undefined;
  /** How many cells at once. Default 1. */
  concurrency?: number | undefined;
  /** Runs cells in this process: for those that take no time. Limits do not hold. Default false. */
  inProcess?: boolean | undefined;
  /** Milliseconds after which a worker that does not answer is taken for dead. Default 45,000. */
  lease?: number | undefined;
  /** Milliseconds without a cell after which it ends. Default: never. */
  idle?: number | undefined;
  /** Hears of every cell that this worker ends. */
  onCell?: ((event: CellEvent) => void) | undefined;
  /** Lets go of its cells and ends. */
  signal?: AbortSignal | undefined;
}

export const workOnRedisArguments: Entries<{ options: RedisWorkerOptions }> = {
  options: options<RedisWorkerOptions>(
    {
      redis: redisPlace,
      name: sweepName,
      module: filledText,
      folder: filledText,
      concurrency: count,
      inProcess: flag,
      lease: real({ min: 500 }),
      idle: real({ above: 0 }),
      onCell: func(),
      signal,
    },
    ['redis', 'name', 'module'],
  ),
};

/**
 * Runs cells from a sweep's queue until it is ended.
 *
 * @throws RangeError where a cell is of a kind that is unknown here, or of another version: the cell is left to others,
 *   this worker is out of date; Error where results cannot be written.
 */
export async function workOnRedis(options: RedisWorkerOptions): Promise<void> {
  check('workOnRedis', workOnRedisArguments, { options });
  const { redis, name, lease = 45_000, idle, signal } = options;
  const { Worker, DelayedError } = await bullmq();
  const cells = new CellRunner(options, await loadKinds(options.module));
  const ending = new AbortController();
  const end = (): void => ending.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  const client = await openClient(redis);
  let fault: Error | undefined;
  let worked = performance.now();
  let busy = 0;
  const worker = new Worker<CellJob>(
    namesOf(name).queue,
    async (job, token) => {
      busy++;
      try {
        await cells.run(job, ending.signal, async (hash, record) => {
          await client.hset(namesOf(name).results, { [hash]: record });
        });
      } catch (error) {
        if (error instanceof CellFailed) throw error;
        // The cell is not to blame, and is somebody else's.
        fault ??= ending.signal.aborted ? undefined : (error as Error);
        end();
        await job.moveToDelayed(Date.now() + 1000, token);
        throw new DelayedError();
      } finally {
        busy--;
        worked = performance.now();
      }
    },
    {
      connection: connectionTo(redis),
      concurrency: options.concurrency ?? 1,
      lockDuration: lease,
      stalledInterval: lease / 2,
      // A cell whose workers die is not to blame; those that fail count by attempts.
      maxStalledCount: 1000,
      removeOnComplete: { count: 0 },
    },
  );
  worker.on('error', () => undefined);
  const watch = setInterval(() => {
    if (idle !== undefined && busy === 0 && performance.now() - worked > idle) end();
  }, 100);
  try {
    if (!ending.signal.aborted)
      await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', end);
    await worker.close();
    client.disconnect();
  }
  if (fault !== undefined) throw fault;
}

/** A cell that failed by itself. */
class CellFailed extends Error {}

class CellRunner {
  private readonly options: RedisWorkerOptions;
  private readonly kinds: CellKinds;
  private readonly folder: SweepFolder | undefined;

  constructor(options: RedisWorkerOptions, kinds: CellKinds) {
    this.options = options;
    this.kinds = kinds;
    this.folder = options.folder === undefined ? undefined : new SweepFolder(options.folder);
  }

  /** Runs a job's cell; what it gives is in the folder or sent, before the job is done. */
  async run(
    job: Job<CellJob>,
    signal: AbortSignal,
    send: (hash: string, record: string) => Promise<void>,
  ): Promise<void> {
    const data: unknown = job.data;
    checkValue('worker', 'a job', cellJob, data);
    const { cell, limits } = data;
    const hash = hashOfCell(cell);
    if (hash !== job.id) throw new RangeError(`worker: a job must be named by its cell, ${hash}, got ${job.id}`);
    kindOf(this.kinds, cell);
    const { folder } = this;
    if (await folder?.isCancelled()) return;
    const outcome = (): Promise<Outcome> => {
      const scratch = folder?.scratch(hash) ?? join(tmpdir(), 'ct-sweep', hash);
      const onProgress = (share: number): void => void job.updateProgress(share).catch(() => undefined);
      return this.options.inProcess === true
        ? runInProcess(this.kinds, { cell, scratch })
        : runInChild({ module: this.options.module, cell, scratch }, { limits, onProgress, signal });
    };
    const end = folder === undefined ? await sent(hash, outcome, send) : await kept(folder, { cell, hash }, outcome);
    this.options.onCell?.({ hash, end });
  }
}

async function kept(
  folder: SweepFolder,
  planned: { cell: CellJob['cell']; hash: string },
  outcome: () => Promise<Outcome>,
): Promise<CellEnd> {
  const end = await runCell(folder, planned, outcome);
  if (end !== 'failed') return end;
  const failure = await folder.failure(planned.hash);
  throw new CellFailed(`${failure?.reason ?? 'died'}: ${failure?.message ?? ''}`);
}

async function sent(
  hash: string,
  outcome: () => Promise<Outcome>,
  send: (hash: string, record: string) => Promise<void>,
): Promise<CellEnd> {
  const given = await outcome();
  if ('failure' in given) throw new CellFailed(`${given.failure.reason}: ${given.failure.message}`);
  await send(hash, JSON.stringify({ ...given, host: hostname() }));
  return 'written';
}
