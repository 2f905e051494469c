/**
 * Hands a sweep to SLURM: one array of workers on its folder, or on its queue.
 */
import { slurmScript } from '@curvature-tuning/sweep';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../terminal/terminal.js';
import type { OpenedSweep } from './sweepFiles.js';

/** What sbatch is asked for. */
interface Asked {
  cells?: string | undefined;
  redis?: string | undefined;
  /** Seconds. */
  lease: number;
  workers?: number | undefined;
  submit?: boolean | undefined;
  sbatch?: string | undefined;
}

/** Prints the script of the array, or gives it to sbatch. @throws Error where sbatch refuses it or is not there. */
export async function askSlurm({ sweep, folder }: OpenedSweep, asked: Asked): Promise<void> {
  const { cells, lease, workers = 8, submit = false, sbatch, redis } = asked;
  const shared = resolve(folder.path);
  const logs = join(shared, 'logs');
  const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
  const script = slurmScript({
    name: sweep.name,
    command: [
      ...[process.execPath, bin, 'worker', '--folder', shared, '--lease', String(lease)],
      ...(cells === undefined ? [] : ['--cells', /^[./]|\.m?js$/.test(cells) ? resolve(cells) : cells]),
      // The address stays in the environment, CT_REDIS: a command line is seen by all.
      ...(redis === undefined ? [] : ['--name', sweep.name, '--idle', '60']),
    ],
    workers,
    logs,
    memoryMB: Math.ceil((sweep.limits?.memoryMB ?? 3500) + 500),
    more: sbatch?.split(/\s+(?=--)/),
  });
  if (!submit) return say(script.trimEnd());
  await mkdir(logs, { recursive: true });
  const { status, stdout, stderr, error } = spawnSync('sbatch', ['--parsable'], { input: script, encoding: 'utf8' });
  if (error !== undefined || status !== 0)
    throw new Error(
      `sbatch must take the array, got ${error?.message ?? stderr.trim()}; without --submit it is printed`,
    );
  say(`SLURM array ${stdout.trim()}: ${workers} workers, logs in ${logs}; ct sweep status tells how far they are`);
}
