/**
 * The script of a SLURM array whose tasks are workers.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, count, filledText, listOf, matching, options, text } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { sweepName } from '../cell/sweep.js';

/** What an array is asked for. */
export interface SlurmOptions {
  /** The sweep's name. */
  name: string;
  /** The command that works, word by word: `['/usr/bin/node', '/home/me/node_modules/.bin/ct', 'worker', …]`. */
  command: readonly string[];
  /** Tasks: workers. */
  workers: number;
  /** Where logs go, on the shared disk. */
  logs: string;
  /** `hours:minutes:seconds`. Default 24:00:00. */
  time?: string | undefined;
  /** Megabytes a task. Default 4,000. */
  memoryMB?: number | undefined;
  /** Processors a task. Default 1. */
  cpus?: number | undefined;
  /** Further lines, without `#SBATCH`: `--partition=gpu`. */
  more?: readonly string[] | undefined;
}

const time: Schema<string> = matching(
  (value): value is string => typeof value === 'string' && /^\d+:[0-5]\d:[0-5]\d$/.test(value),
  { expects: 'hours:minutes:seconds' },
);
/** One line. */
const line: Schema<string> = matching(
  (value): value is string => typeof value === 'string' && /^--[^\n\r]+$/.test(value),
  { expects: 'an option of sbatch, one line that begins with --' },
);

export const slurmScriptArguments: Entries<{ options: SlurmOptions }> = {
  options: options<SlurmOptions>(
    {
      name: sweepName,
      command: listOf(text, { min: 1 }),
      workers: count,
      logs: filledText,
      time,
      memoryMB: count,
      cpus: count,
      more: listOf(line),
    },
    ['name', 'command', 'workers', 'logs'],
  ),
};

/**
 * A batch script for `sbatch`: one array of workers, each of which takes cells until none is left. What is preempted or
 * whose node fails begins again (`--requeue`); a cell whose worker is gone is another's after its lease.
 */
export function slurmScript(given: SlurmOptions): string {
  check('slurmScript', slurmScriptArguments, { options: given });
  const { name, command, workers, logs, time: limit = '24:00:00', memoryMB = 4000, cpus = 1, more = [] } = given;
  const asked = [
    `--job-name=ct-sweep-${name}`,
    `--array=0-${workers - 1}`,
    '--requeue',
    // A requeued task goes on in its log.
    '--open-mode=append',
    `--output=${logs}/worker-%a.txt`,
    `--cpus-per-task=${cpus}`,
    `--mem=${memoryMB}M`,
    `--time=${limit}`,
    // Half a minute to let go of the cell.
    '--signal=B:TERM@30',
    ...more,
  ];
  return [
    '#!/bin/bash',
    ...asked.map((one) => `#SBATCH ${one}`),
    // exec: the worker itself gets the signals.
    `exec ${command.map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
