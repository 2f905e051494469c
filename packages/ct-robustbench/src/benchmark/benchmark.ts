/**
 * RobustBench's measurement in one call: clean and robust accuracy, as a record with RobustBench's field names.
 */
import {
  check,
  count,
  filledText,
  flag,
  func,
  matching,
  objectWith,
  oneOf,
  options as optionsOf,
  pick,
  real,
  recordOf,
  satisfying,
  text,
  unitInterval,
  listOf,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type {
  CorruptedBatch,
  CorruptionResult,
  EvaluateCorruptionsOptions,
  CorruptionProgress,
} from '../corruptions/evaluateCorruptions.js';
import {
  baselineErrorsSchema,
  batchesSchema,
  corruptedBatches,
  evaluateCorruptions,
} from '../corruptions/evaluateCorruptions.js';
import type { TestImages } from '../data/testImages.js';
import { cleanScore, examplesSchema, firstImages } from '../data/testImages.js';
import type { AutoAttackOptions, AutoAttackResult } from '../evaluation/autoAttack.js';
import { attackOptionEntries, autoAttack, autoAttackEntries } from '../evaluation/autoAttack.js';
import type { AttackProgress } from '../evaluation/evaluation.js';
import { planOf } from '../evaluation/versions.js';
import type { RobustnessWarning } from '../evaluation/warning.js';
import { warningCode } from '../evaluation/warning.js';
import type { Norm } from '../geometry/norm.js';
import { radiusSchema } from '../geometry/norm.js';
import type { Model } from '../model/attackedModel.js';
import { modelSchema } from '../model/attackedModel.js';
import { wilsonInterval } from './wilson.js';

/** What a model is measured against. */
export type ThreatModel = Norm | 'corruptions';

const threatSchema: Schema<ThreatModel> = oneOf('Linf', 'L2', 'L1', 'corruptions');

/**
 * A benchmark's record; names and units (percent, as text) of the first block are those of RobustBench's model_info
 * files.
 */
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

/** A figure as RobustBench writes it. */
const percentage: Schema<string> = satisfying(
  filledText,
  (value) => /^\d+(\.\d+)?$/.test(value.trim()) && Number(value) <= 100,
  { expects: 'a percentage as text, such as "53.20"' },
);
const intervalSchema: Schema<[number, number]> = matching(
  (value): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end)),
  {
    expects: 'the two ends of an interval, in percent',
  },
);
/** Facts about a model that people take over from elsewhere. */
type ModelFacts = NonNullable<BenchmarkOptions['model']>;
const factEntries: Entries<ModelFacts> = {
  name: filledText,
  link: text,
  authors: text,
  venue: text,
  architecture: text,
  additional_data: flag,
  number_forward_passes: text,
  footnote: text,
  reported: text,
};

/** A record of ours, or one of another tool that has RobustBench's fields. */
export const recordSchema: Schema<RobustBenchRecord> = objectWith<RobustBenchRecord>(
  {
    ...factEntries,
    unreliable: flag,
    dataset: filledText,
    eps: matching((value): value is string | null => value === null || typeof value === 'string', {
      expects: 'the radius as text, or null',
    }),
    clean_acc: percentage,
    autoattack_acc: percentage,
    corruptions_acc: percentage,
    // Relative to a baseline: may exceed 100.
    corruptions_mce: text,
    threat: threatSchema,
    images: count,
    seed: real(),
    clean_interval: intervalSchema,
    robust_interval: intervalSchema,
    accuracy_after: recordOf(unitInterval),
    version: text,
    warnings: listOf(
      objectWith<RobustnessWarning>({ code: warningCode, message: text }, ['code', 'message']),
    ) as Schema<RobustnessWarning[]>,
    data_hash: text,
  },
  ['name', 'dataset', 'clean_acc'],
);

/** What is measured, and how. */
export interface BenchmarkOptions
  extends
    Partial<Omit<AutoAttackOptions, 'norm' | 'eps' | 'onProgress'>>,
    Pick<EvaluateCorruptionsOptions, 'baselineErrors'> {
  /** The name of the data, for the record. */
  dataset: string;
  threat: ThreatModel;
  /** Radius; for Linf and L2 on small colour images the default is RobustBench's: 8/255 and 0.5. L1 has none. */
  eps?: number | undefined;
  /** How many images, from the first on. Default: all. */
  n?: number | undefined;
  /** Published corrupted files, in place of corruptions made here. */
  corrupted?: AsyncIterable<CorruptedBatch> | undefined;
  /** Hears of the attack, or of the corruptions. */
  onProgress?: ((progress: AttackProgress | CorruptionProgress) => void) | undefined;
  /** Facts about the model, taken over into the record. */
  model?:
    | Partial<
        Pick<
          RobustBenchRecord,
          | 'name'
          | 'link'
          | 'authors'
          | 'venue'
          | 'architecture'
          | 'additional_data'
          | 'number_forward_passes'
          | 'footnote'
          | 'reported'
        >
      >
    | undefined;
}

export const benchmarkArguments: Entries<{ model: Model; examples: Examples; options: BenchmarkOptions }> = {
  model: modelSchema,
  examples: examplesSchema,
  options: optionsOf<BenchmarkOptions>(
    {
      ...attackOptionEntries,
      onProgress: func(),
      dataset: filledText,
      threat: threatSchema,
      eps: radiusSchema,
      n: count,
      corrupted: batchesSchema(),
      baselineErrors: baselineErrorsSchema,
      model: optionsOf<ModelFacts>(factEntries),
    },
    ['dataset', 'threat'],
  ),
};

/** RobustBench's radii. */
const DEFAULT_EPS: Partial<Record<ThreatModel, number>> = { Linf: 8 / 255, L2: 0.5 };

/**
 * Measures a model.
 *
 *     const record = await benchmark(model, cifar10, { dataset: 'cifar10', threat: 'Linf', n: 1000 });
 *
 * @param examples Test images `[batch, height, width, channels]` with pixels in [0, 1] and their labels, in memory or
 * as a data set; those that are used are held in memory.
 * @throws TypeError when eps is missing for L1; what `autoAttack` and `evaluateCorruptions` throw.
 * Source: Croce et al. 2021, arXiv 2010.09670.
 */
export async function benchmark(
  model: Model,
  examples: Examples,
  options: BenchmarkOptions,
): Promise<RobustBenchRecord> {
  check('benchmark', benchmarkArguments, { model, examples, options });
  const { dataset, threat, n, seed = 0, model: facts = {} } = options;
  const eps = threat === 'corruptions' ? undefined : (options.eps ?? DEFAULT_EPS[threat]);
  if (threat !== 'corruptions') {
    if (eps === undefined)
      throw new TypeError(`benchmark: eps must be given for ${threat}, RobustBench has no usual value`);
    planOf('benchmark', { ...options, norm: threat });
  }
  const chosen = await firstImages('benchmark', examples, n);
  try {
    const common = { name: 'unnamed', ...facts, dataset, threat, seed };
    if (threat === 'corruptions') return { ...common, ...(await corruptionFields(model, chosen, options)) };
    return { ...common, ...(await attackFields(model, chosen, { ...options, norm: threat, eps: eps!, seed })) };
  } finally {
    chosen.dispose();
  }
}

async function attackFields(
  model: Model,
  test: TestImages,
  options: AutoAttackOptions,
): Promise<Omit<RobustBenchRecord, 'name' | 'dataset' | 'threat' | 'seed'>> {
  const result = await autoAttack(model, test, pick(autoAttackEntries, options) as AutoAttackOptions);
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

async function corruptionFields(
  model: Model,
  test: TestImages,
  options: BenchmarkOptions,
): Promise<Omit<RobustBenchRecord, 'name' | 'dataset' | 'threat' | 'seed'>> {
  const { seed = 0, corrupted = corruptedBatches(test, { seed }), baselineErrors, signal, onProgress } = options;
  const clean = await cleanScore('benchmark', model, test, { signal });
  const n = clean.count;
  const result = await evaluateCorruptions(model, corrupted, { baselineErrors, signal, onProgress });
  return {
    eps: null,
    clean_acc: percent(clean.right / n),
    corruptions_acc: percent(result.robustAccuracy),
    corruptions_mce: percent(result.mCE),
    images: n,
    clean_interval: interval(clean.right / n, n),
    // The 75 versions of an image are no independent draws: n counts images.
    robust_interval: interval(result.robustAccuracy, n),
    warnings: missingTypes(result),
    data_hash: clean.dataHash,
  };
}

function missingTypes({ accuracy }: CorruptionResult): RobustnessWarning[] {
  const count = Object.keys(accuracy).length;
  return count === 15
    ? []
    : [{ code: 'missing-corruptions', message: `${count} of 15 corruption types were evaluated` }];
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
  return Math.abs(numerator - Math.round(numerator)) < 1e-9 && numerator >= 1
    ? `${Math.round(numerator)}/255`
    : String(eps);
}
