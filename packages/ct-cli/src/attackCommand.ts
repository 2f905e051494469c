/**
 * `ct attack`: AutoAttack on the bundled network, plain against steered.
 */
import { loadDataset, toBatch } from '@curvature-tuning/datasets';
import { replaceActivations } from '@curvature-tuning/layers';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import type { AutoAttackOptions, AutoAttackVersion, Norm } from '@curvature-tuning/robustbench';
import { autoAttack, normalized } from '@curvature-tuning/robustbench';
import * as tf from '@tensorflow/tfjs';
import type { backends } from './backend.js';
import { useBackend } from './backend.js';
import { Progress } from './progress.js';
import type { AttackReport, AttackedNetwork } from './report/attackReport.js';
import { attackTable } from './report/attackReport.js';
import { writeAttackReport } from './report/writeAttackReport.js';
import { environment } from './report/environment.js';

/** The network that is attacked: trained on MNIST; digits, which it has never seen, are the images. */
const NETWORK = 'resnet14.mnist';

/** Three attacks in place of AutoAttack's four, and shorter: seconds, not minutes; accuracies are upper bounds. */
const quick = {
  version: 'custom',
  attacks: ['apgd-ce', 'apgd-t', 'square'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 50 }, 'apgd-t': { targets: 3, iterations: 50 }, square: { queries: 500 } },
} satisfies Partial<AutoAttackOptions>;

export interface AttackCommandSettings {
  /** The command line, for the report. */
  command: string;
  backend: (typeof backends)[number];
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

/** Attacks both networks, prints the table and writes the report. Nothing is written when it is aborted. */
export async function attackCommand(settings: AttackCommandSettings, signal: AbortSignal): Promise<AttackReport> {
  const { backend, norm, eps, beta, seed, version } = settings;
  await useBackend(backend);
  console.log(`Attacking ${NETWORK}: ${norm}, eps ${eps}, ${settings.images} images, ReLU against beta ${beta}, backend ${backend}`);
  const model = await loadPretrained(NETWORK);
  const steered = replaceActivations(model, { beta });
  const data = await loadDataset('digits', { seed });
  // Raw pixels: the attack works in [0, 1], and the normalisation that the network was trained with is part of it.
  const { images, labels } = toBatch(data.test);
  const { mean, std } = pretrainedWeights[NETWORK]!;
  const n = Math.min(settings.images, labels.shape[0]);
  const chosen = tf.slice(images, 0, n);
  const chosenLabels = (await labels.data()).slice(0, n);
  const networks: AttackedNetwork[] = [];
  const attacks = version === 'standard' ? 4 : quick.attacks.length;
  const progress = new Progress(2 * attacks);
  try {
    for (const [name, network] of [['ReLU', model], [`S-CT, beta ${beta}`, steered.model]] as const) {
      progress.label(name);
      let left = attacks;
      const result = await autoAttack(normalized(network, { mean, std }), chosen, chosenLabels, {
        norm, eps, seed, signal,
        ...(version === 'quick' ? quick : { version }),
        onProgress: ({ attack, imagesDone, images: total }) => {
          progress.label(`${name}, ${attack}`);
          if (imagesDone < total) return;
          left--;
          progress.advance();
        },
      });
      // Attacks that found no image left to attack say nothing.
      while (left-- > 0) progress.advance();
      result.adversarial.dispose();
      networks.push({ name, accuracyAfter: result.accuracyAfter, seconds: result.seconds, warnings: result.warnings, largestNorm: result.audit.largestNorm, dataHash: result.dataHash });
    }
  } finally {
    progress.stop();
    tf.dispose([images, labels, chosen]);
    model.dispose();
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
  console.log(`\n${attackTable(report)}\n`);
  console.log(`Report: ${(await writeAttackReport(settings.output, report)).join(' and ')}`);
  return report;
}
