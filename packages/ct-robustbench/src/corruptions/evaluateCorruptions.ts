/**
 * Accuracy under common corruptions, and the mean corruption error.
 */
import {
  check,
  checkValue,
  func,
  isTensor,
  labels as labelsSchema,
  listOf,
  matching,
  objectWith,
  options as optionsOf,
  real,
  satisfying,
  secondsLeft,
  seed as seedSchema,
  signal as signalSchema,
} from '@curvature-tuning/checks';
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import type { CorruptionType, Examples, LabelledImages } from '@curvature-tuning/data';
import { CORRUPTIONS, isDataSet, isInMemory } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone } from '@tensorflow/tfjs-core';
import { imagesSchema } from '../data/readImages.js';
import { checkExamples, cleanScore, disposeBatch, examplesSchema, firstImages } from '../data/testImages.js';
import type { Model } from '../model/attackedModel.js';
import { modelSchema } from '../model/attackedModel.js';
import { corrupt } from './corrupt.js';
import type { CorruptionVariant } from './parameters.js';
import { corruptionType, corruptionVariant, severitySchema } from './parameters.js';

/** Corrupted images of one type and severity, `[batch, ...]`, pixels in [0, 1]. */
export interface CorruptedBatch extends LabelledImages {
  readonly type: CorruptionType;
  /** 1 (weak) to 5. */
  readonly severity: number;
}

const batchSchema: Schema<CorruptedBatch> = objectWith<CorruptedBatch>(
  { type: corruptionType, severity: severitySchema, images: imagesSchema, labels: labelsSchema },
  ['type', 'severity', 'images', 'labels'],
);

/** What corrupted images are measured against. */
export interface EvaluateCorruptionsOptions {
  /**
   * Errors of the network that mCE is relative to, as shares per type; `ALEXNET_ERRORS` for ImageNet-C. Without it, mCE
   * is the plain mean error, as usual on CIFAR-C.
   */
  baselineErrors?: Readonly<Partial<Record<CorruptionType, number>>> | undefined;
  signal?: AbortSignal | undefined;
  /** Hears from the start on, batch by batch. */
  onProgress?: ((progress: CorruptionProgress) => void) | undefined;
}

/**
 * How far an evaluation is: `done` and `total` count corrupted images, `total` is null where `batches` do not say how
 * many they hold; `phase` is the type of corruption, `'corruptions'` before the first.
 */
export interface CorruptionProgress extends Progress {
  readonly phase: CorruptionType | 'corruptions';
  /** 1 to 5; undefined before the first. */
  readonly severity: number | undefined;
}

type BaselineErrors = NonNullable<EvaluateCorruptionsOptions['baselineErrors']>;

export const baselineErrorsSchema: Schema<BaselineErrors> = optionsOf<BaselineErrors>(
  Object.fromEntries(CORRUPTIONS.map((type) => [type, real({ above: 0, max: 1 })])) as Record<
    CorruptionType,
    Schema<number>
  >,
);

export const evaluateCorruptionsArguments: Entries<{
  model: Model;
  batches: AsyncIterable<CorruptedBatch>;
  options: EvaluateCorruptionsOptions;
}> = {
  model: modelSchema,
  batches: batchesSchema(),
  options: optionsOf<EvaluateCorruptionsOptions>({
    baselineErrors: baselineErrorsSchema,
    signal: signalSchema,
    onProgress: func(),
  }),
};

/** What `for await` takes, lists too. */
export function batchesSchema(): Schema<AsyncIterable<CorruptedBatch>> {
  return matching(
    (value): value is AsyncIterable<CorruptedBatch> =>
      typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value),
    {
      expects: 'batches to iterate over, such as corruptedBatches(examples)',
    },
  );
}

/** What `evaluateCorruptions` found. */
export interface CorruptionResult {
  /** Share of right classifications by type, severity 1 first; NaN where no batch came. */
  accuracy: Partial<Record<CorruptionType, number[]>>;
  /** Images seen by type and severity. */
  images: Partial<Record<CorruptionType, number[]>>;
  /** Mean over severities by type. */
  meanAccuracy: Partial<Record<CorruptionType, number>>;
  /** Mean over types: RobustBench's corruption accuracy when all 15 are there. */
  robustAccuracy: number;
  /** Mean over types of (error summed over severities)/(the baseline's): 1 is as bad as the baseline. */
  mCE: number;
}

/**
 * Classifies corrupted batches, whoever made them: `corruptedBatches`, or the published CIFAR-C and ImageNet-C files.
 *
 *     for each type: CE = Σₛ E(type, s) / Σₛ E_baseline(type, s);    mCE = mean over types
 *
 * Disposes of the images (and label tensors) that the iterable yields.
 *
 * @throws RangeError when there is no batch, and for pixels, labels and logits from which no accuracy could be
 * computed.
 */
export async function evaluateCorruptions(
  model: Model,
  batches: AsyncIterable<CorruptedBatch>,
  options: EvaluateCorruptionsOptions = {},
): Promise<CorruptionResult> {
  check('evaluateCorruptions', evaluateCorruptionsArguments, { model, batches, options });
  const { baselineErrors, signal, onProgress } = options;
  const { images: total = null } = batches as Partial<CorruptedBatches>;
  const report = reporterOf(total, onProgress);
  report.count('corruptions', undefined, 0);
  const right: Partial<Record<CorruptionType, number[]>> = {};
  const seen: Partial<Record<CorruptionType, number[]>> = {};
  for await (const batch of batches) {
    try {
      signal?.throwIfAborted();
      checkValue('evaluateCorruptions', 'batch', batchSchema, batch);
      const { type, severity, images, labels } = batch;
      if (baselineErrors !== undefined) baselineOf(baselineErrors, type);
      const score = await cleanScore(
        'evaluateCorruptions',
        model,
        { images, labels },
        {
          signal,
          onImages: (count) => report.count(type, severity, count),
        },
      );
      (right[type] ??= [0, 0, 0, 0, 0])[severity - 1]! += score.right;
      (seen[type] ??= [0, 0, 0, 0, 0])[severity - 1]! += score.count;
    } finally {
      disposeBatch(batch);
    }
  }
  const types = CORRUPTIONS.filter((type) => seen[type] !== undefined);
  if (types.length === 0) throw new RangeError('evaluateCorruptions: batches must hold at least one batch, got none');
  report.end();
  const accuracy = Object.fromEntries(
    types.map((type) => [type, seen[type]!.map((count, s) => right[type]![s]! / count)]),
  ) as Partial<Record<CorruptionType, number[]>>;
  const meanAccuracy = Object.fromEntries(
    types.map((type) => [type, mean(accuracy[type]!.filter((share) => !Number.isNaN(share)))]),
  ) as Partial<Record<CorruptionType, number>>;
  return {
    accuracy,
    images: seen,
    meanAccuracy,
    robustAccuracy: mean(types.map((type) => meanAccuracy[type]!)),
    mCE: mean(
      types.map(
        (type) => (1 - meanAccuracy[type]!) / (baselineErrors === undefined ? 1 : baselineOf(baselineErrors, type)),
      ),
    ),
  };
}

/** Counts images, and tells of them. */
function reporterOf(
  total: number | null,
  onProgress: EvaluateCorruptionsOptions['onProgress'],
): {
  count: (phase: CorruptionProgress['phase'], severity: number | undefined, images: number) => void;
  end: () => void;
} {
  const begin = performance.now();
  let last: CorruptionProgress = { phase: 'corruptions', severity: undefined, done: 0, total, secondsLeft: null };
  return {
    count: (phase, severity, images) => {
      const done = last.done + images;
      last = {
        phase,
        severity,
        done,
        total,
        secondsLeft: secondsLeft((performance.now() - begin) / 1000, done, total),
      };
      onProgress?.(last);
    },
    end: () => total === last.done || onProgress?.({ ...last, total: last.done, secondsLeft: 0 }),
  };
}

/** Batches that know how many images they hold together; null where a stream of examples does not say. */
export interface CorruptedBatches extends AsyncGenerator<CorruptedBatch> {
  readonly images: number | null;
}

/** Which corruptions are made. */
export interface CorruptedBatchesOptions {
  /** Default: all 15. */
  types?: readonly CorruptionType[] | undefined;
  /** Default: 1 to 5. */
  severities?: readonly number[] | undefined;
  /** Default: by the size of the images, as `corrupt` has it. */
  variant?: CorruptionVariant | undefined;
  /** Default: 0. */
  seed?: number | undefined;
}

export const corruptedBatchesArguments: Entries<{
  examples: Examples;
  options: CorruptedBatchesOptions;
}> = {
  examples: examplesSchema,
  options: optionsOf<CorruptedBatchesOptions>({
    types: satisfying(listOf(corruptionType, { min: 1 }), isWithoutRepeats, {
      expects: 'a list of at least one type of corruption, none twice',
    }),
    severities: satisfying(listOf(severitySchema, { min: 1 }), isWithoutRepeats, {
      expects: 'a list of at least one severity from 1 to 5, none twice',
    }),
    variant: corruptionVariant,
    seed: seedSchema,
  }),
};

function isWithoutRepeats(list: readonly unknown[]): boolean {
  return new Set(list).size === list.length;
}

/**
 * Batches of corrupted copies of one set of images, all types and severities unless fewer are named. Whoever iterates
 * disposes of the images, and of labels that are tensors.
 *
 * @param examples Images `[batch, height, width, channels]` with pixels in [0, 1]; they are held in memory.
 */
export function corruptedBatches(examples: Examples, options: CorruptedBatchesOptions = {}): CorruptedBatches {
  check('corruptedBatches', corruptedBatchesArguments, { examples, options });
  checkExamples('corruptedBatches', examples);
  const { types = CORRUPTIONS, severities = SEVERITIES } = options;
  const count = isInMemory(examples) ? examples.images.shape[0] : isDataSet(examples) ? examples.length : null;
  const images = count === null ? null : count * types.length * severities.length;
  return Object.assign(corruptedCopies(examples, { ...options, types, severities }), { images });
}

const SEVERITIES = [1, 2, 3, 4, 5];

async function* corruptedCopies(
  examples: Examples,
  {
    types,
    severities,
    variant,
    seed = 0,
  }: CorruptedBatchesOptions & { types: readonly CorruptionType[]; severities: readonly number[] },
): AsyncGenerator<CorruptedBatch> {
  const held = await firstImages('corruptedBatches', examples);
  const { images, labels } = held;
  try {
    for (const type of types) {
      for (const severity of severities) {
        const copies = await corrupt(images, { type, severity, seed, variant });
        yield { type, severity, images: copies, labels: isTensor(labels) ? clone(labels as Tensor) : labels };
      }
    }
  } finally {
    held.dispose();
  }
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function baselineOf(errors: Readonly<Partial<Record<CorruptionType, number>>>, type: CorruptionType): number {
  const error = errors[type];
  if (error === undefined)
    throw new TypeError(
      `evaluateCorruptions: baselineErrors must name every type that is evaluated, got none for ${type}`,
    );
  return error;
}
