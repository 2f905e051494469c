/**
 * What calibration and one beta do for a network's robustness, with no training: a beta chosen on held-out images, and
 * attacks on others.
 */
import type { Dataset } from '@curvature-tuning/datasets';
import { toBatch } from '@curvature-tuning/datasets';
import { accuracy, calibrate, replaceActivations, steerByScore } from '@curvature-tuning/layers';
import type { SteerByScoreResult } from '@curvature-tuning/layers';
import type { AutoAttackOptions, AutoAttackResult, AutoAttackVersion, Norm } from '@curvature-tuning/robustbench';
import { autoAttack, normalized, robustScore, signTest, wilsonInterval } from '@curvature-tuning/robustbench';
import type { LayersModel } from '@tensorflow/tfjs';
import { slice } from '@tensorflow/tfjs';
import type { Progress } from '../terminal/progress.js';

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

/** What a beta is chosen by: one attack, shorter still, which is to rank networks, not to measure them. */
const CHOOSING = {
  version: 'custom',
  attacks: ['apgd-ce'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 20 } },
} satisfies Partial<AutoAttackOptions>;

/** The betas to choose among: robust accuracy changes slowly with beta. */
export const ATTACK_BETAS: readonly number[] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const MOST_HELD_OUT = 100;

/** What is attacked, and how. */
export interface Threat {
  norm: Norm;
  /** Radius for pixels in [0, 1]. */
  eps: number;
  /** How many test images. */
  images: number;
  version: Extract<AutoAttackVersion, 'standard'> | 'quick';
  seed: number;
}

/** A share of images, in [0, 1], and Wilson's interval of 95 % for it. */
export interface Share {
  share: number;
  interval: [low: number, high: number];
  images: number;
}

/** One network under attack. */
export interface AttackedNetwork extends Pick<AutoAttackResult, 'accuracyAfter' | 'seconds' | 'warnings' | 'dataHash'> {
  name: string;
  /** As it was given; the same calibrated, which steering is to be compared with; steered and calibrated. */
  role: 'given' | 'control' | 'steered';
  /** On all test images, without an attack. */
  clean: Share;
  /** After every attack. */
  robust: Share;
  /** The largest perturbation of an adversarial example, in the threat's norm. */
  largestNorm: number;
}

/** How beta was chosen. */
export interface Choice extends Pick<SteerByScoreResult, 'kept' | 'ties' | 'atEdge'> {
  /** How many images it was chosen on, none of which are attacked afterwards, and by which attack. */
  images: number;
  attack: string;
  /** In the order in which they were scored: the network as it was given and calibrated, and the grid. */
  history: { beta: number | null; cleanAccuracy: number; robustAccuracy: number }[];
}

/** The steered network against its control. */
export interface Comparison {
  /** Changes of accuracy, in points: under attack, and on all test images without. */
  robustPoints: number;
  cleanPoints: number;
  /** Attacked images that only the one network withstands, and how likely a split so uneven is by chance. */
  onlySteered: number;
  onlyControl: number;
  p: number;
}

/** What was found. */
export interface Robustness {
  threat: Threat;
  /** Images that were calibrated to, without their labels. */
  calibratedOn: number;
  /** The curvature of the steered network; 1 where the network's own was best. */
  beta: number;
  /** Null where beta was told. */
  choice: Choice | null;
  networks: AttackedNetwork[];
  /** Null where the network's own curvature was best. */
  comparison: Comparison | null;
}

/** A network under attack, and which images it withstands, which the record does not hold. */
interface Attacked {
  network: AttackedNetwork;
  withstands: boolean[];
}

/** How robustness is measured. */
export interface RobustnessRun {
  threat: Threat;
  /** The curvature, not to be chosen; undefined: it is. */
  beta: number | undefined;
  signal: AbortSignal;
  progress: Pick<Progress, 'label' | 'advance'>;
}

/** How many units of progress `measureRobustness` takes. */
export function robustnessUnits(threat: Threat, beta: number | undefined): number {
  return (beta === undefined ? ATTACK_BETAS.length + 2 : 0) + 3 * ATTACK_UNITS * attacksOf(threat);
}

/**
 * Calibrates a network to the training images, without their labels, chooses beta by the robust accuracy on validation
 * images, and attacks test images: the network as it is, calibrated, and steered.
 *
 * @param model Takes images as `normalization` makes them; its classes are those of the data.
 */
export async function measureRobustness(
  model: LayersModel,
  data: Dataset,
  normalization: { mean: readonly number[]; std: readonly number[] },
  { threat, beta, signal, progress }: RobustnessRun,
): Promise<Robustness> {
  const { norm, eps, seed, images: count } = threat;
  const made: { dispose: () => unknown }[] = [];
  const keep = <T extends { dispose: () => unknown }>(one: T): T => {
    made.push(one);
    return one;
  };
  const batch = (split: Dataset['test'], how?: typeof normalization): ReturnType<typeof toBatch> => {
    const { images, labels } = toBatch(split, how);
    return { images: keep(images), labels: keep(labels) };
  };
  try {
    const unlabelled = batch(data.train, normalization).images;
    const clean = batch(data.test, normalization);
    // Raw pixels: attacks work in [0, 1], and the normalisation that the network was trained with is part of it.
    const test = batch(data.test);
    const attackedImages = keep(slice(test.images, 0, count));
    const labels = (await test.labels.data()).slice(0, count);
    progress.label('calibrating');
    const control = keep(await calibrate(model, unlabelled, { signal })).model;
    let chosen: { model: LayersModel; beta: number; choice: Choice | null };
    if (beta === undefined) {
      const heldOut = batch(data.validation);
      const n = Math.min(MOST_HELD_OUT, data.validation.labels.length);
      const score = robustScore(heldOut, { norm, eps, seed, signal, n, ...CHOOSING });
      const found = keep(
        await steerByScore(model, (steered, at) => score(normalized(steered, normalization), at), {
          betas: ATTACK_BETAS,
          calibrate: unlabelled,
          signal,
          onProgress: ({ beta: at, score: robust }) => {
            if (robust === undefined) return;
            progress.label(`choosing beta: ${at} withstands ${(100 * robust).toFixed(0)} %`);
            progress.advance();
          },
        }),
      );
      const { kept, ties, atEdge } = found;
      chosen = {
        model: found.model,
        beta: found.beta ?? 1,
        choice: { kept, ties, atEdge, images: n, attack: 'APGD-CE, 20 steps', history: [...score.history] },
      };
    } else {
      const { model: steered } = replaceActivations(model, { beta });
      keep(steered);
      chosen = { model: keep(await calibrate(steered, unlabelled, { signal })).model, beta, choice: null };
    }
    const networks: Attacked[] = [];
    const isSteered = chosen.choice === null || chosen.choice.kept === 'steered';
    for (const [role, name, network] of [
      ['given', 'as given', model],
      ['control', 'calibrated', control],
      ...(isSteered ? ([['steered', `beta ${chosen.beta}, calibrated`, chosen.model]] as const) : []),
    ] as const) {
      const units = attacksOf(threat) * ATTACK_UNITS;
      let reached = 0;
      progress.label(`attacking: ${name}`);
      const result = await autoAttack(
        normalized(network, normalization),
        { images: attackedImages, labels },
        {
          norm,
          eps,
          seed,
          signal,
          ...(threat.version === 'quick' ? QUICK : { version: threat.version }),
          onProgress: ({ phase, done, total }) => {
            progress.label(`attacking: ${name}, ${phase}`);
            if (total === null) return;
            progress.advance((units * done) / total - reached);
            reached = (units * done) / total;
          },
        },
      );
      result.adversarial.dispose();
      networks.push({
        network: {
          name,
          role,
          clean: shareOf(await accuracy(network, clean, { signal }), data.test.labels.length),
          robust: shareOf(result.robustAccuracy, count),
          accuracyAfter: result.accuracyAfter,
          seconds: result.seconds,
          warnings: result.warnings,
          largestNorm: result.audit.largestNorm,
          dataHash: result.dataHash,
        },
        withstands: result.robust,
      });
    }
    if (!isSteered) progress.advance(attacksOf(threat) * ATTACK_UNITS);
    const [, calibrated, steered] = networks;
    return {
      threat,
      calibratedOn: data.train.labels.length,
      beta: isSteered ? chosen.beta : 1,
      choice: chosen.choice,
      networks: networks.map(({ network }) => network),
      comparison: steered === undefined ? null : compared(steered, calibrated!),
    };
  } finally {
    made.forEach((one) => one.dispose());
  }
}

/** An attack takes about as long as so many scores. */
const ATTACK_UNITS = 3;

function attacksOf({ version }: Threat): number {
  return version === 'standard' ? 4 : QUICK.attacks.length;
}

function shareOf(share: number, images: number): Share {
  return { share, interval: wilsonInterval(Math.round(share * images), images), images };
}

function compared(steered: Attacked, control: Attacked): Comparison {
  const only = (one: Attacked, other: Attacked): number =>
    one.withstands.filter((withstood, i) => withstood && !other.withstands[i]!).length;
  const [onlySteered, onlyControl] = [only(steered, control), only(control, steered)];
  return {
    robustPoints: 100 * (steered.network.robust.share - control.network.robust.share),
    cleanPoints: 100 * (steered.network.clean.share - control.network.clean.share),
    onlySteered,
    onlyControl,
    p: signTest(onlySteered, onlyControl),
  };
}
