/**
 * `ct attack`: AutoAttack on the bundled network, as it is, calibrated, and steered.
 */
import {
  check,
  filledText,
  oneOf,
  options,
  real,
  seed as seedSchema,
  signal as signalSchema,
  unitInterval,
  whole,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { catalog, loadDataset } from '@curvature-tuning/datasets';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import type { Norm } from '@curvature-tuning/robustbench';
import { BACKENDS, useBackend } from '../options/backend.js';
import { BUNDLED } from '../network/bundled.js';
import { checkOutput } from '../options/outputFolder.js';
import { UsageError } from '../options/usageError.js';
import type { AttackReport } from '../report/attackReport.js';
import { attackTable } from '../report/attackReport.js';
import { environment } from '../report/environment.js';
import { writeAttackReport } from '../report/writeAttackReport.js';
import type { Robustness, Threat } from '../robustness/robustness.js';
import { measureRobustness, robustnessUnits } from '../robustness/robustness.js';
import { Progress } from '../terminal/progress.js';
import { say } from '../terminal/terminal.js';

/** As many digits as there are to attack. */
export const MOST_IMAGES: number = catalog.digits.counts.test;

/** What `ct attack` was told, checked and with the defaults filled in. */
export interface AttackCommandSettings extends Threat {
  /** The command line, for the report. */
  command: string;
  backend: (typeof BACKENDS)[number];
  /** The curvature of the steered network. Default: that of a grid which withstands most on held-out images. */
  beta?: number | undefined;
  /** Folder of the report; made if it is missing. */
  output: string;
}

export const attackCommandArguments: Entries<{ settings: AttackCommandSettings; signal: AbortSignal }> = {
  settings: options<AttackCommandSettings>(
    {
      command: filledText,
      output: filledText,
      backend: oneOf(...BACKENDS),
      norm: oneOf('Linf', 'L2', 'L1'),
      eps: real({ above: 0 }),
      images: whole({ min: 1, max: MOST_IMAGES }),
      beta: unitInterval,
      version: oneOf('quick', 'standard'),
      seed: seedSchema,
    },
    ['command', 'output', 'backend', 'norm', 'eps', 'images', 'version', 'seed'],
  ),
  signal: signalSchema,
};

/** Attacks the networks, prints the table and writes the report. Nothing is written when it is aborted. */
export async function attackCommand(settings: AttackCommandSettings, signal: AbortSignal): Promise<AttackReport> {
  check('attackCommand', attackCommandArguments, { settings, signal });
  const { backend, norm, eps, beta, seed, version, images: n } = settings;
  checkEps(norm, eps);
  await checkOutput(settings.output, 'attack.json', ['attack.svg']);
  await useBackend(backend);
  say(
    `Attacking ${BUNDLED}: ${norm}, eps ${eps}, ${n} images, as given, calibrated, and ` +
      `${beta === undefined ? 'at a beta chosen on others' : `at beta ${beta}`}, backend ${backend}`,
  );
  const data = await loadDataset('digits', { seed });
  const { mean, std } = pretrainedWeights[BUNDLED]!;
  const threat = { norm, eps, images: n, version, seed };
  const progress = new Progress(robustnessUnits(threat, beta));
  const model = await loadPretrained(BUNDLED);
  let found: Robustness;
  try {
    found = await measureRobustness(model, data, { mean, std }, { threat, beta, signal, progress });
  } finally {
    progress.stop();
    model.dispose();
  }
  const report: AttackReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: BUNDLED,
    data: { name: data.name, title: data.title, hash: data.hash },
    ...found,
  };
  say(`\n${attackTable(report)}\n`);
  say(`Report: ${(await writeAttackReport(settings.output, report)).join(' and ')}`);
  return report;
}

/** @throws UsageError where the ball around any image holds all images. */
function checkEps(norm: Norm, eps: number): void {
  const [height, width, channels] = pretrainedWeights[BUNDLED]!.inputShape;
  const size = height * width * channels;
  const largest = norm === 'Linf' ? 1 : norm === 'L2' ? Math.sqrt(size) : size;
  if (eps > largest)
    throw new UsageError(`--eps must be at most ${largest} for ${norm}, got ${eps}; pixels lie in [0, 1]`);
}
