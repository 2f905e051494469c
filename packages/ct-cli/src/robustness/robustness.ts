/**
 * What calibration and one beta do for a network's robustness, with no training: a beta chosen on held-out images, and
 * attacks on others.
 */
import type { DataSet } from '@curvature-tuning/data';
import { accuracy, calibrate, isCalibratable, replaceActivations, steerByScore } from '@curvature-tuning/layers';
import type { ActivationKind, SteerByScoreResult } from '@curvature-tuning/layers';
import { copyModel, curvatureLayers } from '@curvature-tuning/layers/model';
import type {
  AttackSettings,
  AutoAttackOptions,
  AutoAttackResult,
  AutoAttackVersion,
  ImageFunction,
  Norm,
} from '@curvature-tuning/robustbench';
import { autoAttack, robustScore, signTest, wilsonInterval } from '@curvature-tuning/robustbench';
import type { LayersModel } from '@tensorflow/tfjs';
import { OWN, ownActivations } from '../network/ownActivation.js';
import type { Progress } from '../terminal/progress.js';

const QUICK_SETTINGS = {
  'apgd-ce': { restarts: 1, iterations: 50 },
  'apgd-t': { targets: 3, iterations: 50 },
  'fab-t': { targets: 3, iterations: 50 },
  square: { queries: 500 },
} satisfies AttackSettings;

/**
 * The attacks. Quick: three in place of AutoAttack's four, and shorter: seconds, not minutes; accuracies are upper
 * bounds. Of fewer than four classes both leave out APGD-T, whose loss is not defined there; FAB-T stays.
 */
function attacksFor({ version }: Threat, classes: number): Pick<AutoAttackOptions, 'version' | 'attacks' | 'settings'> {
  const quick = version === 'quick';
  if (classes >= 4 && !quick) return { version: 'standard' };
  const attacks = ['apgd-ce', classes < 4 ? 'fab-t' : 'apgd-t', 'square'] as const;
  const targets = Math.min(quick ? 3 : 9, classes - 1);
  const settings: AttackSettings = quick
    ? Object.fromEntries(attacks.map((name) => [name, { ...QUICK_SETTINGS[name] }]))
    : { 'apgd-ce': { restarts: 1 } };
  if (classes < 4) settings['fab-t'] = { ...settings['fab-t'], targets };
  return { version: 'custom', attacks, settings };
}

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

/** The steered network against its control, or against the network as it is where there is none. */
export interface Comparison {
  /** Changes of accuracy, in points: under attack, and on all test images without. */
  robustPoints: number;
  cleanPoints: number;
  /** Attacked images that only the one network withstands, and how likely a split so uneven is by chance. */
  onlySteered: number;
  onlyControl: number;
  p: number;
}

/** A network and the images that it is measured on. */
export interface Attackable {
  /** Its classes are those of the images. */
  classifier: LayersModel;
  /** How many there are. */
  classes: number;
  /** Makes of such a classifier what is attacked, which takes pixels in [0, 1]. */
  toLogits: (classifier: LayersModel) => ImageFunction;
  /** Images as the classifier takes them: to calibrate to, and to measure accuracy on. */
  train: DataSet;
  test: DataSet;
  /** The pixels: beta is chosen on the ones, the others are attacked. */
  pixels: { validation: DataSet; test: DataSet };
}

/** What was found. */
export interface Robustness {
  threat: Threat;
  /**
   * Images that were calibrated to, without their labels; 0 of a network without batch normalisation, which has no
   * control beside itself.
   */
  calibratedOn: number;
  /** The curvature of the steered network; that of the network's own activations, 1 of ReLUs, where it was best. */
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
export function robustnessUnits(
  threat: Threat,
  { beta, classes }: { beta: number | undefined; classes: number },
): number {
  return (beta === undefined ? ATTACK_BETAS.length + 2 : 0) + 3 * ATTACK_UNITS * attackCount(threat, classes);
}

/**
 * Calibrates a network to the training images, without their labels, chooses beta by the robust accuracy on validation
 * images, and attacks test images: the network as it is, calibrated, and steered.
 */
export async function measureRobustness(
  { classifier, classes, toLogits, train, test, pixels }: Attackable,
  { threat, beta, signal, progress }: RobustnessRun,
): Promise<Robustness> {
  const { norm, eps, seed, images: count } = threat;
  const { kinds, own } = ownActivations(classifier);
  const made: { dispose: () => unknown }[] = [];
  const keep = <T extends { dispose: () => unknown }>(one: T): T => {
    made.push(one);
    return one;
  };
  try {
    const attackedImages = pixels.test.take(count);
    progress.label('calibrating');
    const hasStatistics = isCalibratable(classifier);
    const calibrated = async (network: LayersModel): Promise<LayersModel> =>
      hasStatistics ? keep(await calibrate(network, train, { signal })).model : network;
    const control = await calibrated(classifier);
    let chosen: { model: LayersModel; beta: number; choice: Choice | null };
    if (beta === undefined) {
      const n = Math.min(MOST_HELD_OUT, pixels.validation.length);
      const score = robustScore(pixels.validation, { norm, eps, seed, signal, n, ...CHOOSING });
      const found = keep(
        await steerByScore(classifier, (steered, at) => score(toLogits(steered), at), {
          betas: ATTACK_BETAS,
          kinds,
          calibrate: hasStatistics ? train : undefined,
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
      const steered = keep(steeredTo(classifier, { beta, kinds }));
      chosen = { model: await calibrated(steered), beta, choice: null };
    }
    const networks: Attacked[] = [];
    const units = attackCount(threat, classes) * ATTACK_UNITS;
    const isSteered = chosen.choice === null || chosen.choice.kept === 'steered';
    for (const [role, name, network] of [
      ['given', 'as given', classifier],
      ...(hasStatistics ? ([['control', 'calibrated', control]] as const) : []),
      ...(isSteered
        ? ([['steered', `beta ${chosen.beta}${hasStatistics ? ', calibrated' : ''}`, chosen.model]] as const)
        : []),
    ] as const) {
      let reached = 0;
      progress.label(`attacking: ${name}`);
      const result = await autoAttack(toLogits(network), attackedImages, {
        norm,
        eps,
        seed,
        signal,
        ...attacksFor(threat, classes),
        onProgress: ({ phase, done, total }) => {
          progress.label(`attacking: ${name}, ${phase}`);
          if (total === null) return;
          progress.advance((units * done) / total - reached);
          reached = (units * done) / total;
        },
      });
      result.adversarial.dispose();
      networks.push({
        network: {
          name,
          role,
          clean: shareOf(await accuracy(network, test, { signal }), test.length),
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
    progress.advance((3 - networks.length) * units);
    const [steered, compareWith] = isSteered ? [...networks].reverse() : [];
    return {
      threat,
      calibratedOn: hasStatistics ? train.length : 0,
      beta: isSteered ? chosen.beta : OWN[own].start.beta,
      choice: chosen.choice,
      networks: networks.map(({ network }) => network),
      comparison: steered === undefined ? null : compared(steered, compareWith!),
    };
  } finally {
    made.forEach((one) => one.dispose());
  }
}

/** A copy of a network with one beta for all its units, those that it has or those put in place of its activations. */
function steeredTo(
  classifier: LayersModel,
  { beta, kinds }: { beta: number; kinds: ActivationKind[] | undefined },
): LayersModel {
  if (curvatureLayers(classifier).size === 0) return replaceActivations(classifier, { beta, kinds }).model;
  const copy = copyModel(classifier);
  curvatureLayers(copy).forEach((unit) => unit.setBeta(beta));
  return copy;
}

/** An attack takes about as long as so many scores. */
const ATTACK_UNITS = 3;

function attackCount(threat: Threat, classes: number): number {
  return attacksFor(threat, classes).attacks?.length ?? 4;
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
