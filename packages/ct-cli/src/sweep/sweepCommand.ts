/**
 * `ct sweep`: runs what of a sweep has no result yet.
 */
import { check, count, filledText, flag, oneOf, options, real, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { SweepProgress, SweepSummary } from '@curvature-tuning/sweep';
import { runSweep, writePlan } from '@curvature-tuning/sweep';
import { Interrupted } from '../terminal/interrupted.js';
import { Progress } from '../terminal/progress.js';
import { remark, say } from '../terminal/terminal.js';
import type { OpenedSweep, SweepPlace } from './sweepFiles.js';
import { askSlurm } from './askSlurm.js';
import { openSweep, redisOf, sweepPlaceEntries } from './sweepFiles.js';

/** What `ct sweep` was told, with the defaults filled in. */
export interface SweepSettings extends SweepPlace {
  engine: 'local' | 'redis' | 'slurm';
  /** Default: as processors and memory allow. */
  concurrency?: number | undefined;
  /** Seconds after which a worker that does not answer is taken for dead. */
  lease: number;
  /** Tasks of the array that slurm is asked for. */
  workers?: number | undefined;
  /** Whether sbatch gets the array; else its script is printed. */
  submit?: boolean | undefined;
  /** Further options of sbatch, between spaces. */
  sbatch?: string | undefined;
}

export const sweepCommandArguments: Entries<{ settings: SweepSettings; signal: AbortSignal }> = {
  settings: options<SweepSettings>(
    {
      ...sweepPlaceEntries,
      engine: oneOf('local', 'redis', 'slurm'),
      concurrency: count,
      lease: real({ min: 1, max: 86_400 }),
      workers: count,
      submit: flag,
      sbatch: filledText,
    },
    ['file', 'engine', 'lease'],
  ),
  signal: signalSchema,
};

/** Runs the cells and says what they came to. @throws Error where some failed; what is done is kept in any case. */
export async function sweepCommand(settings: SweepSettings, signal: AbortSignal): Promise<SweepSummary | undefined> {
  check('sweepCommand', sweepCommandArguments, { settings, signal });
  const opened = await openSweep(settings);
  await writePlan(opened.folder.path, opened.sweep, opened.kinds);
  await opened.folder.resume();
  if (settings.engine === 'slurm') return void (await askSlurm(opened, settings));
  if (settings.engine === 'redis')
    remark(`cells wait for workers, on any machine: ${workerCall(opened.sweep.name, settings)}`);
  const meter = new SweepBar(opened.planned.length);
  let summary: SweepSummary;
  try {
    const { module, folder, sweep } = opened;
    const common = { module, folder: folder.path, onProgress: (one: SweepProgress) => meter.show(one), signal };
    summary =
      settings.engine === 'redis'
        ? await (
            await import('@curvature-tuning/sweep/redis')
          ).runOnRedis(sweep, { ...common, redis: redisOf(settings) })
        : await runSweep(sweep, { ...common, concurrency: settings.concurrency, lease: 1000 * settings.lease });
  } catch (error) {
    if (!signal.aborted) throw error;
    const done = (await opened.folder.done()).size;
    throw new Interrupted(`${done} cells are kept in ${opened.folder.path}, and the same command goes on from there`);
  } finally {
    meter.stop();
  }
  await report(opened, summary);
  return summary;
}

/** What starts a worker; where the queue is, which may hold a password, is left to the environment. */
function workerCall(name: string, { cells }: SweepSettings): string {
  return `ct worker --name ${name}${cells === undefined ? '' : ` --cells ${cells}`}, with CT_REDIS set as here`;
}

/** Shows a sweep's progress: cells in all, and how far those are that run. */
export class SweepBar {
  private readonly bar: Progress;

  constructor(cells: number) {
    this.bar = new Progress(cells);
  }

  show({ done, failed, running }: SweepProgress): void {
    const parts = running.map(({ title, share }) => `${title} (${Math.floor(100 * share)} %)`);
    this.bar.label(parts.join('; '));
    const share = running.reduce((sum, one) => sum + Math.min(one.share, 0.99), 0);
    this.bar.reach(done + failed + share);
  }

  stop(): void {
    this.bar.stop();
  }
}

/** Says what a sweep came to. @throws Error where cells failed. */
export async function report({ sweep, folder, planned }: OpenedSweep, summary: SweepSummary): Promise<void> {
  const { done, total, failed, differing, cancelled } = summary;
  say(`${sweep.name}: ${done} of ${total} cells are done${cancelled ? ', cancelled' : ''}: ${folder.path}/results`);
  if (differing.length > 0)
    remark(`these cells gave another result than the first time, which counts: ${differing.join(', ')}`);
  if (failed.length === 0) return;
  for (const hash of failed) {
    const { cell } = planned.find((one) => one.hash === hash)!;
    const failure = await folder.failure(hash);
    remark(`${hash.slice(0, 8)} ${cell.kind} ${JSON.stringify(cell.spec)}: ${failure?.reason}: ${failure?.message}`);
  }
  throw new Error(`${failed.length} of ${total} cells failed; mend what is named above, then ct sweep retry`);
}
