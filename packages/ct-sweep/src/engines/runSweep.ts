/**
 * The engine that needs nothing but a disk: processes of this machine, and of every machine that shares the folder.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, count, filledText, flag, func, options, real, signal } from '@curvature-tuning/checks';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadKinds } from '../cell/loadKinds.js';
import type { CellKinds } from '../cell/cell.js';
import type { CellLimits, PlannedCell, Sweep } from '../cell/sweep.js';
import { cellsOf, sweepSchema } from '../cell/sweep.js';
import { SweepFolder } from '../folder/sweepFolder.js';
import type { CellEnd } from '../run/runCell.js';
import { runCell } from '../run/runCell.js';
import type { Outcome } from '../run/runInChild.js';
import { runInChild } from '../run/runInChild.js';
import { runInProcess } from '../run/runInProcess.js';
import { capacity } from './capacity.js';
import { Claims } from './claims.js';
import type { SweepProgress } from './progressOf.js';
import { SweepMeter } from './progressOf.js';

/** What ended, of a cell. */
export interface CellEvent {
  hash: string;
  end: CellEnd;
}

/** How a sweep is run. */
export interface RunSweepOptions {
  /** The module that exports the kinds of cells as `cells`: a `file:` URL, or the name of a package. */
  module: string;
  /** Where the results are, and go: see `SweepFolder`. */
  folder: string;
  /** How many cells at once. Default: as many as processors and memory allow. */
  concurrency?: number | undefined;
  /** Runs cells in this process: for those that take no time. Limits do not hold. Default false. */
  inProcess?: boolean | undefined;
  /** Milliseconds after which somebody who does not answer is taken for dead. Default 60,000. */
  lease?: number | undefined;
  /** Hears of every cell that ends. */
  onProgress?: ((progress: SweepProgress) => void) | undefined;
  /** Hears how each cell ended here. */
  onCell?: ((event: CellEvent) => void) | undefined;
  /** Ends the cells that run; they are not done. */
  signal?: AbortSignal | undefined;
}

/** What a sweep came to. */
export interface SweepSummary {
  total: number;
  done: number;
  /** Hashes of the cells that failed as often as they may. */
  failed: string[];
  /** Hashes of cells whose second run gave another result than the first, which counts. */
  differing: string[];
  cancelled: boolean;
}

export const runSweepArguments: Entries<{ sweep: Sweep; options: RunSweepOptions }> = {
  sweep: sweepSchema,
  options: options<RunSweepOptions>(
    {
      module: filledText,
      folder: filledText,
      concurrency: count,
      inProcess: flag,
      lease: real({ min: 100 }),
      onProgress: func(),
      onCell: func(),
      signal,
    },
    ['module', 'folder'],
  ),
};

const LEASE = 60_000;
/** Milliseconds that a cell rests after its first failure; twice that after its second, and so on. */
const REST = 500;
/** Milliseconds after which the folder is looked at anew: what others did meanwhile is found when a cell is begun. */
const LOOK = 1000;

/**
 * Runs the cells of a sweep that have no result yet, each in a process of its own, and returns when all are done or
 * have failed as often as they may. Any number of processes and machines may do so on one folder at once: each cell is
 * run by one, and one that is killed is replaced.
 *
 *     const module = new URL('cells.js', import.meta.url).href;
 *     await runSweep(parseSweep('sweep.json', text), { module, folder: 'out' });
 *
 * @throws Error where the folder cannot be written to; the signal's reason when it is aborted. What is done is kept.
 */
export async function runSweep(sweep: Sweep, options: RunSweepOptions): Promise<SweepSummary> {
  check('runSweep', runSweepArguments, { sweep, options });
  const { module, lease = LEASE, signal } = options;
  const kinds = await loadKinds(module);
  const planned = cellsOf(sweep, kinds);
  const folder = new SweepFolder(options.folder);
  const run = new FolderRun({ folder, planned, kinds, limits: sweep.limits ?? {}, options });
  await run.look();
  const claims = new Claims(await folder.claims(), lease);
  const stop = new AbortController();
  const width = options.concurrency ?? capacity(sweep.limits?.memoryMB);
  const workers = Array.from({ length: Math.min(width, planned.length) }, async () => {
    try {
      await run.work(claims, stop.signal);
    } catch (error) {
      // One that cannot write is no reason for the others to compute what they cannot keep.
      stop.abort(error);
      throw error;
    }
  });
  const abort = (): void => stop.abort(signal!.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    await Promise.allSettled(workers);
    await Promise.all(workers);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return run.summary();
}

interface FolderPlan {
  folder: SweepFolder;
  planned: readonly PlannedCell[];
  kinds: CellKinds;
  limits: CellLimits;
  options: RunSweepOptions;
}

/** One run of a sweep's cells in a folder. */
class FolderRun {
  private readonly plan: FolderPlan;
  private readonly meter: SweepMeter;
  private readonly differing: string[] = [];
  /** When a cell that failed may begin again, by `performance.now()`. */
  private readonly resting = new Map<string, number>();
  private readonly busy = new Set<string>();
  private done = new Set<string>();
  private failed = new Set<string>();
  private looked = -Infinity;
  private cancelled = false;

  constructor(plan: FolderPlan) {
    this.plan = plan;
    this.meter = new SweepMeter(plan.planned);
  }

  /** Takes cells until none is left. */
  async work(claims: Claims, signal: AbortSignal): Promise<void> {
    const { planned, options } = this.plan;
    for (;;) {
      signal.throwIfAborted();
      if (performance.now() - this.looked > LOOK) await this.look();
      if (this.cancelled) return;
      this.tell();
      const open = planned.filter(({ hash }) => !this.done.has(hash) && !this.failed.has(hash));
      if (open.length === 0) return;
      if (!(await this.takeOne(open, claims, signal))) {
        // Others are at what is left; if they die, it is ours.
        await sleep(Math.min(500, (options.lease ?? LEASE) / 4), undefined, { signal }).catch(() => undefined);
        this.looked = -Infinity;
      }
    }
  }

  async summary(): Promise<SweepSummary> {
    await this.look();
    this.tell();
    const hashes = this.plan.planned.map(({ hash }) => hash);
    return {
      total: hashes.length,
      done: hashes.filter((hash) => this.done.has(hash)).length,
      failed: hashes.filter((hash) => this.failed.has(hash) && !this.done.has(hash)),
      differing: this.differing,
      cancelled: this.cancelled,
    };
  }

  /** Takes up what the folder says. */
  async look(): Promise<void> {
    this.looked = performance.now();
    const { folder, limits } = this.plan;
    const [done, failed] = [await folder.done(), new Set<string>()];
    for (const hash of await folder.failed())
      if (((await folder.failure(hash))?.attempts ?? 0) >= (limits.attempts ?? 3)) failed.add(hash);
    this.cancelled = await folder.isCancelled();
    this.done = done;
    this.failed = failed;
  }

  private async takeOne(open: readonly PlannedCell[], claims: Claims, signal: AbortSignal): Promise<boolean> {
    for (const planned of open) {
      const { hash } = planned;
      if (this.busy.has(hash) || (this.resting.get(hash) ?? 0) > performance.now()) continue;
      this.busy.add(hash);
      try {
        const claim = await claims.take(hash);
        if (claim === undefined) continue;
        try {
          await this.run(planned, signal);
        } finally {
          await claim.release();
        }
        return true;
      } finally {
        this.busy.delete(hash);
      }
    }
    return false;
  }

  private async run(planned: PlannedCell, signal: AbortSignal): Promise<void> {
    const { hash } = planned;
    const { folder, limits, options } = this.plan;
    this.meter.begin(hash);
    this.tell();
    try {
      const end = await runCell(folder, planned, () => this.outcome(planned, signal));
      if (end === 'different') this.differing.push(hash);
      if (end !== 'failed') this.done.add(hash);
      else {
        const attempts = (await folder.failure(hash))?.attempts ?? 1;
        if (attempts >= (limits.attempts ?? 3)) this.failed.add(hash);
        this.resting.set(hash, performance.now() + REST * 2 ** (attempts - 1));
      }
      options.onCell?.({ hash, end });
    } finally {
      this.meter.end(hash);
    }
  }

  private outcome({ cell, hash }: PlannedCell, signal: AbortSignal): Promise<Outcome> {
    const { folder, kinds, limits, options } = this.plan;
    const onProgress = (share: number): void => {
      this.meter.reach(hash, share);
      this.tell();
    };
    const scratch = folder.scratch(hash);
    return options.inProcess === true
      ? runInProcess(kinds, { cell, scratch, onProgress })
      : runInChild({ module: options.module, cell, scratch }, { limits, onProgress, signal });
  }

  private tell(): void {
    this.plan.options.onProgress?.(this.meter.progress(this.done, this.failed));
  }
}
