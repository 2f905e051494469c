/**
 * RobustBench's measurement in one call: clean and robust accuracy, as a record with RobustBench's field names.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Model } from './attackedModel.js';
import type { AutoAttackOptions, AutoAttackResult } from './autoAttack.js';
import { autoAttack } from './autoAttack.js';
import type { CorruptedBatch, CorruptionResult, EvaluateCorruptionsOptions } from './corruptions/evaluateCorruptions.js';
import { corruptedBatches, evaluateCorruptions } from './corruptions/evaluateCorruptions.js';
import type { Norm } from './norm.js';
import { cleanAccuracy, firstImages } from './testImages.js';
import type { RobustnessWarning } from './warning.js';
import { wilsonInterval } from './wilson.js';

/** What a model is measured against. */
export type ThreatModel = Norm | 'corruptions';

/** A benchmark's record; names and units (percent, as text) of the first block are those of RobustBench's model_info files. */
export interface RobustBenchRecord {
  name: string;
  link?: string;
  authors?: string;
  venue?: string;
  architecture?: string;
  additional_data?: boolean;
  number_forward_passes?: string;
  footnote?: string;
  /** True when a warning says that the figure may be too high. */
  unreliable?: boolean;
  dataset: string;
  eps: string | null;
  clean_acc: string;
  reported?: string;
  autoattack_acc?: string;
  corruptions_acc?: string;
  corruptions_mce?: string;

  threat: ThreatModel;
  images: number;
  seed: number;
  /** 95 % intervals (Wilson), in percent. */
  clean_interval: [number, number];
  robust_interval: [number, number];
  accuracy_after?: AutoAttackResult['accuracyAfter'];
  version?: string;
  warnings: RobustnessWarning[];
  /** Fingerprint of images and labels. */
  data_hash: string;
}

export interface BenchmarkOptions extends Partial<Omit<AutoAttackOptions, 'norm' | 'eps'>>, Pick<EvaluateCorruptionsOptions, 'baselineErrors'> {
  /** The name of the data, for the record. */
  dataset: string;
  /** Test images `[batch, height, width, channels]` with pixels in [0, 1], and labels `[batch]`. */
  images: tf.Tensor4D;
  labels: tf.Tensor | ArrayLike<number>;
  threat: ThreatModel;
  /** Radius; for Linf and L2 on small colour images the default is RobustBench's: 8/255 and 0.5. L1 has none. */
  eps?: number;
  /** How many images, from the first on. Default: all. */
  n?: number;
  /** Published corrupted files, in place of corruptions made here. */
  corrupted?: AsyncIterable<CorruptedBatch>;
  /** Facts about the model, taken over into the record. */
  model?: Partial<Pick<RobustBenchRecord, 'name' | 'link' | 'authors' | 'venue' | 'architecture' | 'additional_data' | 'number_forward_passes' | 'footnote' | 'reported'>>;
}

/** RobustBench's radii. */
const defaultEps: Partial<Record<ThreatModel, number>> = { Linf: 8 / 255, L2: 0.5 };

/**
 * Measures a model.
 *
 *     const record = await benchmark(model, { dataset: 'cifar10', images, labels, threat: 'Linf', n: 1000 });
 *
 * @throws TypeError when eps is missing for L1; what `autoAttack` and `evaluateCorruptions` throw.
 * Source: Croce et al. 2021, arXiv 2010.09670.
 */
export async function benchmark(model: Model, options: BenchmarkOptions): Promise<RobustBenchRecord> {
  const { dataset, threat, n = options.images.shape[0], seed = 0, model: facts = {} } = options;
  if (!(Number.isInteger(n) && n >= 1 && n <= options.images.shape[0])) throw new RangeError(`benchmark: n must be a whole number from 1 to ${options.images.shape[0]}, got ${n}`);
  const { images, labels } = await firstImages(options.images, options.labels, n);
  try {
    const common = { name: 'unnamed', ...facts, dataset, threat, seed };
    if (threat === 'corruptions') return { ...common, ...(await corruptionFields(model, images, labels, options)) };
    const eps = options.eps ?? defaultEps[threat];
    if (eps === undefined) throw new TypeError(`benchmark: eps must be given for ${threat}, RobustBench has no usual value`);
    return { ...common, ...(await attackFields(model, images, labels, { ...options, norm: threat, eps, seed })) };
  } finally {
    images.dispose();
  }
}

async function attackFields(model: Model, images: tf.Tensor, labels: Int32Array, options: AutoAttackOptions): Promise<Omit<RobustBenchRecord, 'name' | 'dataset' | 'threat' | 'seed'>> {
  const result = await autoAttack(model, images, labels, pickAttackOptions(options));
  result.adversarial.dispose();
  const { images: n, cleanAccuracy: clean, robustAccuracy, accuracyAfter, version, warnings, dataHash, eps } = result;
  return {
    eps: fraction(eps),
    clean_acc: percent(clean),
    autoattack_acc: percent(robustAccuracy),
    ...(warnings.length > 0 && { unreliable: true }),
    images: n,
    clean_interval: interval(clean, n),
    robust_interval: interval(robustAccuracy, n),
    accuracy_after: accuracyAfter,
    version,
    warnings,
    data_hash: dataHash,
  };
}

async function corruptionFields(model: Model, images: tf.Tensor4D, labels: Int32Array, options: BenchmarkOptions): Promise<Omit<RobustBenchRecord, 'name' | 'dataset' | 'threat' | 'seed'>> {
  const clean = await cleanAccuracy('benchmark', model, images, labels);
  const { seed = 0, corrupted = corruptedBatches(images, labels, { seed }), baselineErrors, signal } = options;
  const result = await evaluateCorruptions(model, corrupted, { ...(baselineErrors !== undefined && { baselineErrors }), ...(signal !== undefined && { signal }) });
  const n = labels.length;
  return {
    eps: null,
    clean_acc: percent(clean.accuracy),
    corruptions_acc: percent(result.robustAccuracy),
    corruptions_mce: percent(result.mCE),
    images: n,
    clean_interval: interval(clean.accuracy, n),
    // The 75 versions of an image are no independent draws: n counts images.
    robust_interval: interval(result.robustAccuracy, n),
    warnings: missingTypes(result),
    data_hash: clean.dataHash,
  };
}

function missingTypes({ accuracy }: CorruptionResult): RobustnessWarning[] {
  const count = Object.keys(accuracy).length;
  return count === 15 ? [] : [{ code: 'invalid-image', message: `${count} of 15 corruption types were evaluated` }];
}

function pickAttackOptions({ norm, eps, version, attacks, settings, seed, batchSize, memoryBudget, stopEarly, state, log, onProgress, signal }: AutoAttackOptions): AutoAttackOptions {
  const given = Object.entries({ version, attacks, settings, seed, batchSize, memoryBudget, stopEarly, state, log, onProgress, signal }).filter(([, value]) => value !== undefined);
  return { norm, eps, ...Object.fromEntries(given) };
}

function interval(share: number, n: number): [number, number] {
  const [low, high] = wilsonInterval(Math.round(share * n), n);
  return [Number((100 * low).toFixed(2)), Number((100 * high).toFixed(2))];
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** 8/255 as RobustBench writes it; other radii as numbers. */
function fraction(eps: number): string {
  const numerator = eps * 255;
  return Math.abs(numerator - Math.round(numerator)) < 1e-9 && numerator >= 1 ? `${Math.round(numerator)}/255` : String(eps);
}
