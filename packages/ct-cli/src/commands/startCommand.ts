/**
 * `ct start`, what `npm start` runs: what this is good for, in two minutes, with its own numbers and controls.
 *
 * A frozen network that a few kilobytes adapt to other data (`ct steer`), and the same network made more robust by
 * calibration and one number, with no training (`ct attack`), each on a core of its own, in one report.
 */
import { check, filledText, flag, oneOf, options, signal as signalSchema, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { catalog, loadDataset } from '@curvature-tuning/datasets';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BUNDLED } from '../network/bundled.js';
import { BACKENDS } from '../options/backend.js';
import { betasSchema } from '../options/betas.js';
import { epochsSchema } from '../options/epochs.js';
import { attackTable } from '../report/attackReport.js';
import { environment } from '../report/environment.js';
import type { SteerReport } from '../report/steerReport.js';
import { writeAttackReport } from '../report/writeAttackReport.js';
import { writeReport } from '../report/writeReport.js';
import type { AttackJob } from '../robustness/attackWorker.js';
import type { Robustness } from '../robustness/robustness.js';
import { say } from '../terminal/terminal.js';
import { steerCommand } from './steerCommand.js';

/** As many digits as there are to attack. */
export const MOST_IMAGES: number = catalog.digits.counts.test;

/** What `ct start` was told, checked and with the defaults filled in. */
export interface StartSettings {
  /** The command line, for the report. */
  command: string;
  /** What the network is adapted to: a name or a folder, as of `ct steer`. */
  data: string;
  /** Whether images that cannot be read are left out. */
  skipUnreadable?: boolean | undefined;
  backend: (typeof BACKENDS)[number];
  /** Epochs of what is trained beside a head. */
  epochs: number;
  /** Undefined: the grid of `ct steer`. */
  betas?: number[] | undefined;
  /** How many images are attacked. */
  images: number;
  /** Folder of the report; made if it is missing. */
  output: string;
}

export const startCommandArguments: Entries<{ settings: StartSettings; signal: AbortSignal }> = {
  settings: options<StartSettings>(
    {
      command: filledText,
      data: filledText,
      skipUnreadable: flag,
      output: filledText,
      backend: oneOf(...BACKENDS),
      epochs: epochsSchema,
      betas: betasSchema,
      images: whole({ min: 1, max: MOST_IMAGES }),
    },
    ['command', 'data', 'output', 'backend', 'epochs', 'images'],
  ),
  signal: signalSchema,
};

const SEED = 42;

/** Shows both, and writes report.html, report.json, attack.svg and attack.json. */
export async function startCommand(settings: StartSettings, signal: AbortSignal): Promise<SteerReport> {
  check('startCommand', startCommandArguments, { settings, signal });
  const { command, data, skipUnreadable, backend, epochs, betas, images, output } = settings;
  const job: AttackJob = {
    backend,
    beta: undefined,
    threat: { norm: 'Linf', eps: 0.03, images, version: 'quick', seed: SEED },
  };
  say('1 of 2. A frozen network adapted to other data, beside its controls and LoRA.');
  // What fails ends the other.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const both = Promise.all([
    attackApart(job, either),
    steerCommand(
      {
        command,
        backend,
        betas,
        epochs,
        output,
        data,
        skipUnreadable,
        methods: ['probe', 'bn', 'sct', 'tct', 'lora'],
        protocol: 'strict',
        seeds: 1,
        seed: SEED,
      },
      either,
    ),
  ]);
  const [attack, adapted] = await both.finally(() => failed.abort());
  say('\n2 of 2. The same network with the head it came with: calibrated, and steered by one number. No training.\n');
  say(`${attackTable(attack)}\n`);
  const { name, title, hash } = await loadDataset('digits', { seed: SEED });
  await writeAttackReport(output, {
    command,
    ...(await environment()),
    backend,
    network: BUNDLED,
    data: { name, title, hash },
    ...attack,
  });
  const report: SteerReport = { ...adapted, robustness: attack };
  say(`Both in one report: ${(await writeReport(output, report)).join(' and ')}`);
  return report;
}

/** Attacks in a thread of its own, beside what this one does; ends with the signal. */
async function attackApart(job: AttackJob, signal: AbortSignal): Promise<Robustness> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('../robustness/attackWorker.js', import.meta.url), { workerData: job });
  try {
    // Rejects with the worker's error, or with the signal's reason as its cause.
    const [found] = (await once(worker, 'message', { signal })) as [Robustness];
    return found;
  } finally {
    await worker.terminate();
  }
}
