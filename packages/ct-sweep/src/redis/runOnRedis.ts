/**
 * The engine for many machines: hands cells out by a queue, and waits until all have a result.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { check, filledText, func, options, parseJson, real, signal, text } from '@curvature-tuning/checks';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../cell/cell.js';
import { json } from '../cell/cell.js';
import { loadKinds } from '../cell/loadKinds.js';
import type { PlannedCell, Sweep } from '../cell/sweep.js';
import { cellsOf, sweepSchema } from '../cell/sweep.js';
import type { SweepProgress } from '../engines/progressOf.js';
import { SweepMeter } from '../engines/progressOf.js';
import type { SweepSummary } from '../engines/runSweep.js';
import type { CellFailure } from '../folder/records.js';
import { writePlan } from '../folder/planFile.js';
import { SweepFolder } from '../folder/sweepFolder.js';
import type { RedisPlace } from './connection.js';
import { bullmq, connectionTo, openClient, redisPlace, within } from './connection.js';
import { addCells, namesOf, openQueue } from './queue.js';

/** How a sweep is handed out. */
export interface RunOnRedisOptions {
  redis: RedisPlace;
  /** The module that exports the kinds of cells as `cells`: for their versions and costs. */
  module: string;
  /** Where the results go; workers that share it write there, those of others are fetched from the queue. */
  folder: string;
  /** Milliseconds between two looks at folder and queue. Default 1,000. */
  interval?: number | undefined;
  /** Hears at every look into the folder. */
  onProgress?: ((progress: SweepProgress) => void) | undefined;
  /** Stops waiting; workers go on. */
  signal?: AbortSignal | undefined;
}

export const runOnRedisArguments: Entries<{ sweep: Sweep; options: RunOnRedisOptions }> = {
  sweep: sweepSchema,
  options: options<RunOnRedisOptions>(
    {
      redis: redisPlace,
      module: filledText,
      folder: filledText,
      interval: real({ min: 10 }),
      onProgress: func(),
      signal,
    },
    ['redis', 'module', 'folder'],
  ),
};

interface SentResult {
  result: Json;
  seconds: number;
  peakMB: number;
  host: string;
}

const sentResult: Schema<SentResult> = options<SentResult>(
  { result: json, seconds: real({ min: 0 }), peakMB: real({ min: 0 }), host: text },
  ['result', 'seconds', 'peakMB', 'host'],
);

/** Milliseconds that the queue is waited for; what it has not done by then is done the next time. */
const PATIENCE = 5000;
/** Every so many looks, what has no result is added anew: nothing where the queue has it, all where it was lost. */
const TOP_UP = 3;

/**
 * Hands out the cells of a sweep that have no result, and returns when all have one or have failed as often as they
 * may. The queue may be restarted or lost meanwhile: what has no result is added again.
 *
 * @throws the signal's reason when it is aborted; Error where the folder cannot be written to.
 */
export async function runOnRedis(sweep: Sweep, options: RunOnRedisOptions): Promise<SweepSummary> {
  check('runOnRedis', runOnRedisArguments, { sweep, options });
  const { redis, signal, interval = 1000 } = options;
  const kinds = await loadKinds(options.module);
  const planned = cellsOf(sweep, kinds);
  const folder = new SweepFolder(options.folder);
  await writePlan(options.folder, sweep, kinds);
  const queue = await openQueue(sweep.name, redis);
  const { QueueEvents } = await bullmq();
  const events = new QueueEvents(namesOf(sweep.name).queue, { connection: connectionTo(redis) });
  const meter = new SweepMeter(planned);
  events.on('error', () => undefined);
  events.on('active', ({ jobId }) => meter.begin(jobId));
  events.on('progress', ({ jobId, data }) => meter.reach(jobId, Number(data)));
  const end = ({ jobId }: { jobId: string }): void => meter.end(jobId);
  events.on('completed', end);
  events.on('failed', end);
  events.on('stalled', end);
  const client = await openClient(redis);
  const run = new QueueRun(folder, { planned, sweep, queue, client });
  try {
    await within(PATIENCE, run.clear()).catch(() => undefined);
    for (let look = 0; ; look++) {
      signal?.throwIfAborted();
      await run.look(look % TOP_UP === 0);
      options.onProgress?.(meter.progress(run.done, run.failed));
      if (run.isOver) break;
      await sleep(interval, undefined, { signal }).catch(() => undefined);
    }
    return run.summary();
  } finally {
    await Promise.allSettled([within(PATIENCE, queue.close()), within(PATIENCE, events.close())]);
    client.disconnect();
  }
}

// Where a cell is that has not ended well.
const WAITING = ['prioritized', 'wait', 'active', 'delayed', 'failed'] as const;

interface QueuePlan {
  planned: readonly PlannedCell[];
  sweep: Sweep;
  queue: Queue;
  client: Redis;
}

class QueueRun {
  done = new Set<string>();
  failed = new Set<string>();
  private cancelled = false;
  private readonly differing: string[] = [];
  private readonly folder: SweepFolder;
  private readonly plan: QueuePlan;

  constructor(folder: SweepFolder, plan: QueuePlan) {
    this.folder = folder;
    this.plan = plan;
  }

  get isOver(): boolean {
    return this.cancelled || this.open.length === 0;
  }

  private get open(): PlannedCell[] {
    return this.plan.planned.filter(({ hash }) => !this.done.has(hash) && !this.failed.has(hash));
  }

  /** Takes failures of earlier runs out of the queue: those that the folder does not know any more may begin anew. */
  async clear(): Promise<void> {
    const known = await this.folder.failed();
    for (const job of await this.plan.queue.getFailed()) if (!known.has(job.id!)) await job.remove();
  }

  /** Fetches what was sent and what failed, and adds what the queue does not have. */
  async look(topUp: boolean): Promise<void> {
    const { queue } = this.plan;
    await within(PATIENCE, this.fetch()).catch(passSilence);
    this.done = await this.folder.done();
    await within(PATIENCE, this.takeFailures()).catch(passSilence);
    this.cancelled = await this.folder.isCancelled();
    if (this.cancelled) await within(PATIENCE, queue.drain(true)).catch(() => undefined);
    else if (topUp) await within(20_000, this.topUp()).catch(() => undefined);
  }

  summary(): SweepSummary {
    const hashes = this.plan.planned.map(({ hash }) => hash);
    return {
      total: hashes.length,
      done: hashes.filter((hash) => this.done.has(hash)).length,
      failed: hashes.filter((hash) => this.failed.has(hash) && !this.done.has(hash)),
      differing: this.differing,
      cancelled: this.cancelled,
    };
  }

  /** Adds what the queue has lost, where it has fewer cells than there are to do. */
  private async topUp(): Promise<void> {
    const { queue, sweep } = this.plan;
    if ((await queue.getJobCountByTypes(...WAITING)) >= this.open.length) return;
    const known = new Set(await queue.getRanges([...WAITING], 0, -1));
    const lost = this.open.filter(({ hash }) => !known.has(hash));
    // A cell that has ended since the last look is in no queue either, but its result came before it left.
    await this.fetch();
    this.done = await this.folder.done();
    const missing = lost.filter(({ hash }) => !this.done.has(hash));
    if (missing.length > 0) await addCells(queue, missing, sweep.limits ?? {});
  }

  /** Writes the results that were sent over the queue; each is there until it is written. */
  private async fetch(): Promise<void> {
    const { client, planned, sweep } = this.plan;
    const { results } = namesOf(sweep.name);
    const sent = await client.hgetall(results);
    for (const { cell, hash } of planned) {
      const record = sent[hash];
      if (record === undefined) continue;
      const { result, ...costs } = parseJson('runOnRedis', `the result ${hash}`, record, sentResult);
      if ((await this.folder.write(cell, result)) === 'different') this.differing.push(hash);
      await this.folder.writeCosts(hash, costs);
      await client.hdel(results, hash);
    }
  }

  private async takeFailures(): Promise<void> {
    const { queue, sweep } = this.plan;
    const given = new Set<string>();
    for (const hash of await this.folder.failed())
      if (((await this.folder.failure(hash))?.attempts ?? 0) >= (sweep.limits?.attempts ?? 3)) given.add(hash);
    for (const job of await queue.getFailed()) {
      const hash = job.id!;
      if (this.done.has(hash)) continue;
      if ((await this.folder.failure(hash)) === undefined)
        await this.folder.writeFailure(hash, {
          ...failureOf(job.failedReason),
          attempts: Math.max(1, job.attemptsMade),
        });
      given.add(hash);
    }
    this.failed = given;
  }
}

/** What a failed job says: `threw: Error: …`. */
function failureOf(message: string): Pick<CellFailure, 'reason' | 'message'> {
  const [, reason, rest] = /^(threw|time|memory|died): ([^]*)$/.exec(message) ?? [];
  return reason === undefined
    ? { reason: 'died', message }
    : { reason: reason as CellFailure['reason'], message: rest! };
}

/** A server that is away is no fault of the sweep; a disk is. */
function passSilence(error: unknown): void {
  if ((error as NodeJS.ErrnoException).syscall !== undefined && !isNetwork(error)) throw error;
}

function isNetwork(error: unknown): boolean {
  return (
    ['connect', 'read', 'write', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall!) &&
    (error as { address?: string }).address !== undefined
  );
}
