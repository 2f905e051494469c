/**
 * `ct attack`: AutoAttack on a network, as it is, calibrated, and steered.
 */
import {
  check,
  count,
  filledText,
  flag,
  oneOf,
  options,
  real,
  seed as seedSchema,
  signal as signalSchema,
  unitInterval,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Preprocessing } from '@curvature-tuning/data';
import type { Norm } from '@curvature-tuning/robustbench';
import { BACKENDS, useBackend } from '../options/backend.js';
import { BUNDLED } from '../network/bundled.js';
import { networkRequestEntries } from '../network/networkOptions.js';
import type { LoadedData } from '../options/loadData.js';
import { checkData, labelLoading, loadData } from '../options/loadData.js';
import { checkOutput } from '../options/outputFolder.js';
import { UsageError } from '../options/usageError.js';
import type { AttackReport } from '../report/attackReport.js';
import { attackTable } from '../report/attackReport.js';
import { environment } from '../report/environment.js';
import { writeAttackReport } from '../report/writeAttackReport.js';
import type { AttackedRequest } from '../robustness/attackable.js';
import { attackable, attackedClassifier, classesOf } from '../robustness/attackable.js';
import type { Robustness, Threat } from '../robustness/robustness.js';
import { measureRobustness, robustnessUnits } from '../robustness/robustness.js';
import { Progress } from '../terminal/progress.js';
import { remark, say } from '../terminal/terminal.js';
import { announce } from './steerCommand.js';

/** What `ct attack` was told, checked and with the defaults filled in. */
export interface AttackCommandSettings extends Threat, Partial<AttackedRequest> {
  /** The command line, for the report. */
  command: string;
  data: string;
  /** Whether images that cannot be read are left out. */
  skipUnreadable?: boolean | undefined;
  backend: (typeof BACKENDS)[number];
  /** The curvature of the steered network. Default: that of a grid which withstands most on held-out images. */
  beta?: number | undefined;
  /** Folder of the report; made if it is missing. */
  output: string;
}

export const attackCommandArguments: Entries<{ settings: AttackCommandSettings; signal: AbortSignal }> = {
  settings: options<AttackCommandSettings>(
    {
      ...networkRequestEntries,
      adapter: filledText,
      command: filledText,
      data: filledText,
      skipUnreadable: flag,
      output: filledText,
      backend: oneOf(...BACKENDS),
      norm: oneOf('Linf', 'L2', 'L1'),
      eps: real({ above: 0 }),
      images: count,
      beta: unitInterval,
      version: oneOf('quick', 'standard'),
      seed: seedSchema,
    },
    ['command', 'data', 'output', 'backend', 'norm', 'eps', 'images', 'version', 'seed'],
  ),
  signal: signalSchema,
};

/** Attacks the networks, prints the table and writes the report. Nothing is written when it is aborted. */
export async function attackCommand(settings: AttackCommandSettings, signal: AbortSignal): Promise<AttackReport> {
  check('attackCommand', attackCommandArguments, { settings, signal });
  const { backend, norm, eps, beta, seed, version, images, data, model = BUNDLED, adapter } = settings;
  await checkData(data);
  const replaced = await checkOutput(settings.output, 'attack.json', ['attack.svg']);
  const network = adapter === undefined ? model : `${model} with ${adapter}`;
  say(
    `Attacking ${network} on ${data}: ${norm}, eps ${eps}, ${images} images, as given, calibrated, and ` +
      `${beta === undefined ? 'at a beta chosen on others' : `at beta ${beta}`}, backend ${backend}`,
  );
  if (replaced !== undefined) remark(replaced);
  await useBackend(backend);
  const adapted = await attackedClassifier({ ...settings, model }, signal);
  const progress = new Progress(robustnessUnits(settings, { beta, classes: classesOf(adapted.classifier) }));
  let loaded: LoadedData;
  let found: Robustness;
  try {
    checkEps(norm, eps, adapted.preprocessing.inputSize);
    loaded = await loadData(data, {
      seed,
      network: { ...adapted.network, preprocessing: adapted.preprocessing },
      values: 'given',
      skipUnreadable: settings.skipUnreadable,
      signal,
      ...labelLoading(progress),
    });
    announce(loaded, adapted.network);
    if (images > loaded.test.length)
      throw new UsageError(`--images must be at most ${loaded.test.length}, the test images of ${data}, got ${images}`);
    found = await measureRobustness(attackable(adapted, loaded), {
      threat: { norm, eps, images, version, seed },
      beta,
      signal,
      progress,
    });
  } finally {
    progress.stop();
    adapted.dispose();
  }
  const report: AttackReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network,
    data: { name: loaded.name, title: loaded.title, hash: loaded.hash },
    ...found,
  };
  say(`\n${attackTable(report)}\n`);
  say(`Report: ${(await writeAttackReport(settings.output, report)).join(' and ')}`);
  return report;
}

/** @throws UsageError where the ball around any image holds all images. */
function checkEps(norm: Norm, eps: number, [height, width, channels]: Preprocessing['inputSize']): void {
  const size = height * width * channels;
  const largest = norm === 'Linf' ? 1 : norm === 'L2' ? Math.sqrt(size) : size;
  if (eps > largest)
    throw new UsageError(`--eps must be at most ${largest} for ${norm}, got ${eps}; pixels lie in [0, 1]`);
}
