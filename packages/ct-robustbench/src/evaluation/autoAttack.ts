/**
 * AutoAttack: a fixed set of strong attacks, one after another, each on the images that the model still gets right.
 */
import {
  check,
  checkValue,
  classNumbers,
  isTensor,
  count,
  flag,
  func,
  real,
  seed as seedSchema,
  signal as signalSchema,
  options as optionsOf,
} from '@curvature-tuning/checks';
import type { Entries, Labels } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import { isInMemory } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { getBackend, tensor } from '@tensorflow/tfjs-core';
import { hashValues } from '../data/hashValues.js';
import { readImages, some } from '../data/readImages.js';
import type { TestImages } from '../data/testImages.js';
import { examplesSchema, heldArguments, readExamples } from '../data/testImages.js';
import type { Norm } from '../geometry/norm.js';
import { checkRadius, normSchema, radiusSchema } from '../geometry/norm.js';
import type { Model } from '../model/attackedModel.js';
import { AttackedModel, modelSchema } from '../model/attackedModel.js';
import { answersOf, weightsHash } from '../model/modelIdentity.js';
import type { Audit } from './audit.js';
import { allowedNorm } from './audit.js';
import { checkModel, checkSquare } from './checks.js';
import type { AttackProgress } from './evaluation.js';
import { Evaluation } from './evaluation.js';
import type { StateStore } from './runState.js';
import { RunState, stateStore } from './runState.js';
import type { AttackName, AttackSettings, AutoAttackVersion } from './versions.js';
import { attackList, attackSettings, planOf, versionSchema } from './versions.js';
import type { RobustnessWarning } from './warning.js';
import { WarningList } from './warning.js';

/** How a model is attacked. */
export interface AutoAttackOptions {
  norm: Norm;
  /** Radius of the ball, for pixels in [0, 1]: 8/255 (Linf) or 0.5 (L2) on CIFAR-10. */
  eps: number;
  /** Default: 'standard'. */
  version?: AutoAttackVersion | undefined;
  /** The attacks of version 'custom', in order. */
  attacks?: readonly AttackName[] | undefined;
  /** Settings other than the version's; the result is then no AutoAttack figure. */
  settings?: AttackSettings | undefined;
  /** Default: 0. */
  seed?: number | undefined;
  /** Images that are attacked together. Default: 250. */
  batchSize?: number | undefined;
  /** Bytes that a pass through the model may take; larger batches are split. Default: 512 MiB. */
  memoryBudget?: number | undefined;
  /**
   * Whether an image is left alone once it is fooled. Default: true, which gives the same accuracies as the original
   * in less time; its adversarial example is then the first found, not the last (FAB: not the nearest).
   */
  stopEarly?: boolean | undefined;
  /** Where to keep the state, to resume a run that was killed. */
  state?: StateStore | undefined;
  /** Hears a line after every attack. */
  log?: ((line: string) => void) | undefined;
  /** Hears of progress, at least four times a second. */
  onProgress?: ((progress: AttackProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What attacks take beside the threat. */
export const attackOptionEntries: Entries<Omit<AutoAttackOptions, 'norm' | 'eps'>> = {
  version: versionSchema,
  attacks: attackList,
  settings: attackSettings,
  seed: seedSchema,
  batchSize: count,
  memoryBudget: real({ above: 0 }),
  stopEarly: flag,
  state: stateStore,
  log: func(),
  onProgress: func(),
  signal: signalSchema,
};
export const threatEntries: Entries<Pick<AutoAttackOptions, 'norm' | 'eps'>> = { norm: normSchema, eps: radiusSchema };

/** All that `autoAttack` takes. */
export const autoAttackEntries: Entries<AutoAttackOptions> = { ...threatEntries, ...attackOptionEntries };

export const autoAttackArguments: Entries<{ model: Model; options: AutoAttackOptions }> = {
  model: modelSchema,
  options: optionsOf<AutoAttackOptions>(autoAttackEntries, ['norm', 'eps']),
};

/** What AutoAttack found. */
export interface AutoAttackResult {
  norm: Norm;
  eps: number;
  version: AutoAttackVersion;
  seed: number;
  attacks: readonly AttackName[];
  images: number;
  cleanAccuracy: number;
  robustAccuracy: number;
  /** Share of all images that is classified correctly after each attack, in order, from `clean` on. */
  accuracyAfter: Partial<Record<AttackName | 'clean', number>>;
  /** Per image: whether it is classified correctly still. */
  robust: boolean[];
  /** Per image: the attack that fooled it; null where none did or the clean image was misclassified. */
  fooledBy: (AttackName | null)[];
  /** Per image: the class of its adversarial example, or of the image where there is none; −1: NaN logits. */
  predictions: Int32Array;
  /** Adversarial examples where there are any, clean images elsewhere; the caller disposes of it. */
  adversarial: Tensor;
  warnings: RobustnessWarning[];
  audit: Audit;
  /** Wall time of each attack. */
  seconds: Partial<Record<AttackName, number>>;
  /** Images that passed through the model, forward and backward. */
  passes: { forward: number; backward: number };
  /** Fingerprint of images and labels. */
  dataHash: string;
}

/**
 * Attacks a model and returns its robust accuracy: the share of images that it classifies correctly whatever the
 * attacks add within ‖δ‖ ≤ eps and pixels in [0, 1].
 *
 *     const { robustAccuracy } = await autoAttack(model, { images, labels }, { norm: 'Linf', eps: 8 / 255 });
 *
 * A result depends on the seed and the images, not on `batchSize`, nor on whether a run was resumed (beyond what a
 * backend's own rounding for other batch sizes does). Images with NaN are set aside, reported, and count as not robust.
 *
 * @param model Images `[batch, ...]` with pixels in [0, 1] to logits; normalisation belongs inside. Weights are left
 * alone and no gradient in them is computed.
 * @param examples Images `[batch, height, width, channels]`, of any rank from 2 on if 'square' is left out, and labels:
 * class numbers from 0 or one-hot rows, in any form. A data set, or batches, are read once and held in memory. Images
 * and labels may be two arguments, too.
 * @throws RangeError for pixels outside [0, 1], labels that are no classes of the model, clean logits that are not
 * finite, settings under which an attack does nothing, and too few classes; TypeError for other bad input; the
 * signal's reason when it is aborted.
 * Source: Croce & Hein 2020, arXiv 2003.01690; its implementation, whose schedules and constants these are.
 */
export async function autoAttack(
  model: Model,
  examples: Examples,
  options: AutoAttackOptions,
): Promise<AutoAttackResult>;
export async function autoAttack(
  model: Model,
  images: Tensor,
  labels: Labels,
  options: AutoAttackOptions,
): Promise<AutoAttackResult>;
export async function autoAttack(
  model: Model,
  ...given: [Examples, AutoAttackOptions] | [Tensor, Labels, AutoAttackOptions]
): Promise<AutoAttackResult> {
  const [examples, options] =
    given.length > 2 || isTensor(given[0])
      ? [{ images: given[0], labels: given[1] } as TestImages, given[2] as AutoAttackOptions]
      : (given as [Examples, AutoAttackOptions]);
  check('autoAttack', autoAttackArguments, { model, options });
  checkValue('autoAttack', 'examples', examplesSchema, examples);
  if (isInMemory(examples)) return attackImages(model, examples, options);
  const read = await readExamples('autoAttack', examples);
  try {
    return await attackImages(model, read, options);
  } finally {
    read.images.dispose();
  }
}

async function attackImages(
  model: Model,
  { images, labels }: TestImages,
  options: AutoAttackOptions,
): Promise<AutoAttackResult> {
  check('autoAttack', heldArguments, { images, labels });
  const {
    norm,
    eps,
    version = 'standard',
    seed = 0,
    batchSize = 250,
    stopEarly = true,
    log = () => {},
    signal,
    memoryBudget,
  } = options;
  const plan = planOf('autoAttack', { ...options, version });
  if (plan.attacks.includes('square') && images.rank !== 4)
    throw new TypeError(
      `autoAttack: square needs images [batch, height, width, channels], got [${images.shape.join(', ')}]; ` +
        'leave it out of attacks',
    );
  checkRadius('autoAttack', options, images.size / images.shape[0]);
  const read = await readImages('autoAttack', images);
  if (read.broken.length === read.count)
    throw new RangeError('autoAttack: images must hold finite pixels, got NaN or infinite ones in every image');
  const attacked = new AttackedModel(model, read.shape, {
    caller: 'autoAttack',
    signal,
    memoryBudget,
  });
  const whole = Array.from({ length: read.count }, (_, row) => row).find((row) => !read.broken.includes(row))!;
  const classes = await attacked.countClasses(read.data.subarray(whole * read.size));
  const classOf = await classNumbers('autoAttack', 'labels', labels, { count: read.count, classes });
  const warnings = new WarningList(log);
  const audit: Audit = { checked: 0, largestNorm: 0, allowedNorm: allowedNorm(norm, eps, read.size), discarded: [] };
  const dataHash = await hashValues(read.data, classOf);
  const wants = options.state !== undefined;
  const key = {
    format: 2,
    model: wants ? await weightsHash(model) : null,
    dataHash,
    shape: images.shape,
    norm,
    eps,
    version,
    attacks: plan.attacks,
    settings: plan.settings,
    seed,
    stopEarly,
  };
  const answers =
    wants && version !== 'rand'
      ? await answersOf(attacked, read.data.subarray(whole * read.size, (whole + 1) * read.size))
      : null;
  const state = new RunState({ key, answers, attacks: plan.attacks, images: read.data, labels: classOf, classes });
  const stored = await options.state?.read();
  if (stored !== undefined) {
    state.restore(stored);
    log(`resumed after ${['clean', ...state.attacksDone].join(', ')}`);
  }
  const evaluation = new Evaluation(
    { attacked, read, labels: classOf },
    { plan, threat: { norm, eps, seed }, batchSize, stopEarly },
    { state, warnings, audit },
    { log, store: options.state, onProgress: options.onProgress },
  );
  attacked.onTurn = () => evaluation.beat();

  if (read.broken.length > 0)
    warnings.add(
      'invalid-image',
      `${read.broken.length} images hold NaN or infinite values and count as not robust: numbers ${some(read.broken)}`,
    );
  log(
    `AutoAttack ${version}: ${plan.attacks.join(', ')}; ${norm}, eps ${eps}, ${read.count} images, seed ` +
      `${seed}, backend ${getBackend()}`,
  );
  const targets = { apgd: plan.settings['apgd-t'].targets ?? 9, fab: plan.settings['fab-t'].targets ?? 9 };
  await checkModel(
    attacked,
    evaluation.firstBatch(),
    { attacks: plan.attacks, targets, randomised: version === 'rand' },
    warnings,
  );
  await evaluation.run();
  checkSquare(state.accuracyAfter, warnings);
  const { robust, fooledBy, predictions, accuracyAfter, seconds } = state;
  const robustAccuracy = Object.values(accuracyAfter).at(-1)!;
  log(
    `${norm} eps ${eps}: clean ${percent(accuracyAfter.clean!)}, robust ${percent(robustAccuracy)}; ` +
      `largest perturbation ${audit.largestNorm.toFixed(6)}`,
  );
  return {
    norm,
    eps,
    version,
    seed,
    attacks: plan.attacks,
    images: read.count,
    cleanAccuracy: accuracyAfter.clean!,
    robustAccuracy,
    accuracyAfter,
    robust: Array.from(robust, Boolean),
    fooledBy: Array.from(fooledBy, (place) => plan.attacks[place] ?? null),
    predictions,
    adversarial: tensor(state.adversarial, images.shape),
    warnings: warnings.list,
    audit,
    seconds,
    passes: attacked.counts,
    dataHash,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
