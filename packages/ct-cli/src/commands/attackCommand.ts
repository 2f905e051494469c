/**
 * `ct attack`: AutoAttack on the bundled network, plain against steered.
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
import { catalog, loadDataset, toBatch } from '@curvature-tuning/datasets';
import { replaceActivations } from '@curvature-tuning/layers';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import type { AutoAttackOptions, AutoAttackVersion, Norm } from '@curvature-tuning/robustbench';
import { autoAttack, normalized } from '@curvature-tuning/robustbench';
import { slice } from '@tensorflow/tfjs';
import { BACKENDS, useBackend } from '../options/backend.js';
import { BUNDLED as NETWORK } from '../network/bundled.js';
import { checkOutput } from '../options/outputFolder.js';
import { UsageError } from '../options/usageError.js';
import type { AttackReport, AttackedNetwork } from '../report/attackReport.js';
import { attackTable } from '../report/attackReport.js';
import { environment } from '../report/environment.js';
import { writeAttackReport } from '../report/writeAttackReport.js';
import { Progress } from '../terminal/progress.js';
import { say } from '../terminal/terminal.js';

/** As many digits as there are to attack. */
export const MOST_IMAGES: number = catalog.digits.counts.test;

/** Three attacks in place of AutoAttack's four, and shorter: seconds, not minutes; accuracies are upper bounds. */
const QUICK = {
  version: 'custom',
  attacks: ['apgd-ce', 'apgd-t', 'square'],
  settings: {
    'apgd-ce': { restarts: 1, iterations: 50 },
    'apgd-t': { targets: 3, iterations: 50 },
    square: { queries: 500 },
  },
} satisfies Partial<AutoAttackOptions>;

/** What `ct attack` was told, checked and with the defaults filled in. */
export interface AttackCommandSettings {
  /** The command line, for the report. */
  command: string;
  backend: (typeof BACKENDS)[number];
  norm: Norm;
  /** Radius for pixels in [0, 1]. */
  eps: number;
  /** How many images. */
  images: number;
  /** The curvature of the steered network. */
  beta: number;
  version: Extract<AutoAttackVersion, 'standard'> | 'quick';
  seed: number;
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
    ['command', 'output', 'backend', 'norm', 'eps', 'images', 'beta', 'version', 'seed'],
  ),
  signal: signalSchema,
};

/** Attacks both networks, prints the table and writes the report. Nothing is written when it is aborted. */
export async function attackCommand(settings: AttackCommandSettings, signal: AbortSignal): Promise<AttackReport> {
  check('attackCommand', attackCommandArguments, { settings, signal });
  const { backend, norm, eps, beta, seed, version, images: n } = settings;
  checkEps(norm, eps);
  await checkOutput(settings.output, 'attack.json', ['attack.svg']);
  await useBackend(backend);
  say(`Attacking ${NETWORK}: ${norm}, eps ${eps}, ${n} images, ReLU against beta ${beta}, backend ${backend}`);
  const data = await loadDataset('digits', { seed });
  const { mean, std } = pretrainedWeights[NETWORK]!;
  const networks: AttackedNetwork[] = [];
  const attacks = version === 'standard' ? 4 : QUICK.attacks.length;
  const progress = new Progress(2 * attacks);
  const made: { dispose: () => unknown }[] = [];
  try {
    const model = await loadPretrained(NETWORK);
    made.push(model);
    const { model: steered } = replaceActivations(model, { beta });
    made.push(steered);
    // Raw pixels: the attack works in [0, 1], and the normalisation that the network was trained with is part of it.
    const { images, labels } = toBatch(data.test);
    made.push(images, labels);
    const chosen = slice(images, 0, n);
    made.push(chosen);
    const chosenLabels = (await labels.data()).slice(0, n);
    for (const [name, network] of [
      ['ReLU', model],
      [`S-CT, beta ${beta}`, steered],
    ] as const) {
      progress.label(name);
      let left = attacks;
      const result = await autoAttack(
        normalized(network, { mean, std }),
        { images: chosen, labels: chosenLabels },
        {
          norm,
          eps,
          seed,
          signal,
          ...(version === 'quick' ? QUICK : { version }),
          onProgress: ({ phase, imagesDone, images: total }) => {
            progress.label(`${name}, ${phase}`);
            if (imagesDone < total) return;
            left--;
            progress.advance();
          },
        },
      );
      // Attacks that found no image left to attack say nothing.
      while (left-- > 0) progress.advance();
      result.adversarial.dispose();
      networks.push({
        name,
        accuracyAfter: result.accuracyAfter,
        seconds: result.seconds,
        warnings: result.warnings,
        largestNorm: result.audit.largestNorm,
        dataHash: result.dataHash,
      });
    }
  } finally {
    progress.stop();
    made.forEach((one) => one.dispose());
  }
  const report: AttackReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: NETWORK,
    data: { name: data.name, title: data.title, hash: data.hash },
    threat: { norm, eps, images: n, version, seed },
    networks,
  };
  say(`\n${attackTable(report)}\n`);
  say(`Report: ${(await writeAttackReport(settings.output, report)).join(' and ')}`);
  return report;
}

/** @throws UsageError where the ball around any image holds all images. */
function checkEps(norm: Norm, eps: number): void {
  const [height, width, channels] = pretrainedWeights[NETWORK]!.inputShape;
  const size = height * width * channels;
  const largest = norm === 'Linf' ? 1 : norm === 'L2' ? Math.sqrt(size) : size;
  if (eps > largest)
    throw new UsageError(`--eps must be at most ${largest} for ${norm}, got ${eps}; pixels lie in [0, 1]`);
}
