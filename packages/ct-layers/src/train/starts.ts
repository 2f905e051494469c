/**
 * Where training starts from: a network with a head fitted to its features, which every later state has to better.
 */
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { concat, reshape, tidy } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayersModel } from '@tensorflow/tfjs-layers';
import { calibrationImages } from '../calibrate/calibrationImages.js';
import { estimateStatistics } from '../calibrate/populationStatistics.js';
import type { TrainingData, TrainingExamples } from '../examples/trainingData.js';
import { trainingData } from '../examples/trainingData.js';
import { setHead } from '../head/classifierHead.js';
import { rethrow } from '../host/rethrow.js';
import { yieldToHost } from '../host/yieldToHost.js';
import type { Validated } from '../model/adapted.js';
import { supersedes } from '../model/adapted.js';
import type { ModelInput } from '../model/modelInput.js';
import { checkFeatures } from '../probe/checkFeatures.js';
import type { FeatureSet, FittedHead } from '../probe/fitHeads.js';
import { fitHeads } from '../probe/fitHeads.js';
import type { ParameterGroup } from './parameterGroup.js';
import type { BatchNormMode } from './trainingMode.js';

/** A state of the network that was validated before the first epoch, with a head of its own. */
export interface Start extends Validated {
  /**
   * `'given'`: the network as it is. `'calibrated'`: with statistics of batch normalisation re-estimated.
   * `'departure'`: where the first step is taken, if that is neither of them, such as at another curvature.
   */
  state: 'given' | 'calibrated' | 'departure';
}

/** What the starts of a run share. */
export interface StartParts {
  caller: string;
  /** From images to the head's input, of the very layers that are trained. */
  extractor: LayersModel;
  train: TrainingData;
  validation: TrainingData;
  classes: number;
  /** Takes the weights of a fitted head, which stay the caller's. */
  setHead: (weights: Tensor2D) => void;
  /** All that a start consists of, the head's among them. */
  variables: readonly Variable[];
  signal?: AbortSignal | undefined;
  /** Hears of batches whose features were computed, and of the head: 1 each; without a number, that it goes on. */
  onBatch: (batches?: number) => void;
}

/** Validates starts, and keeps the best of them. */
export class Starts {
  /** In order. */
  readonly tried: Start[] = [];
  private readonly parts: StartParts;
  private best: { start: Start; values: Tensor[] } | undefined;
  /** How many examples validate. */
  private examples = 0;

  constructor(parts: StartParts) {
    this.parts = parts;
  }

  /** Fits a head to the features of the network as it now stands, gives it to the network, and validates both. */
  async add(state: Start['state']): Promise<void> {
    const { weights, validationAccuracy, validationLoss } = await this.fitHead();
    this.parts.setHead(weights);
    weights.dispose();
    this.parts.onBatch(1);
    const start: Start = { state, validationAccuracy, validationLoss };
    this.tried.push(start);
    if (this.best !== undefined && !supersedes(start, this.best.start, this.examples)) return;
    this.dispose();
    this.best = { start, values: this.parts.variables.map((variable) => variable.clone()) };
  }

  /** The best start, which the network is set back to, unless what training came to supersedes it. */
  restoreIfBetter(trained: Validated): Start | undefined {
    if (this.best === undefined || supersedes(trained, this.best.start, this.examples)) return undefined;
    this.parts.variables.forEach((variable, i) => variable.assign(this.best!.values[i]!));
    return this.best.start;
  }

  dispose(): void {
    this.best?.values.forEach((value) => value.dispose());
    this.best = undefined;
  }

  private async fitHead(): Promise<FittedHead> {
    const { caller, classes, signal } = this.parts;
    const sets: FeatureSet[] = [];
    try {
      for (const split of ['train', 'validation'] as const) sets.push(await this.featuresOf(split));
      const pair = sets as [FeatureSet, FeatureSet];
      this.examples = pair[1].labels.length;
      const [head] = await fitHeads(caller, [pair], classes, { signal, onPass: this.parts.onBatch });
      return head!;
    } finally {
      sets.forEach(({ features }) => features.dispose());
    }
  }

  private async featuresOf(split: 'train' | 'validation'): Promise<FeatureSet> {
    const { caller, extractor, signal, onBatch } = this.parts;
    const features: Tensor2D[] = [];
    const labels: number[] = [];
    try {
      for await (const batch of this.parts[split].batches()) {
        try {
          const [size] = batch.images.shape as [number];
          features.push(
            tidy(() => reshape<Tensor2D['rankType']>(extractor.predictOnBatch(batch.images) as Tensor, [size, -1])),
          );
          const found = { images: batch.images, features: features.at(-1)!, first: labels.length };
          await checkFeatures(`${caller}: ${split}`, extractor, found);
          labels.push(...(await batch.labels.data()));
        } finally {
          batch.images.dispose();
          batch.labels.dispose();
        }
        onBatch(1);
        await yieldToHost(signal);
      }
      return { features: concat(features), labels: Int32Array.from(labels) };
    } finally {
      features.forEach((part) => part.dispose());
    }
  }
}

/** What stands before the first epoch. */
export interface Preparation {
  starts: Starts | undefined;
  settle: (() => Promise<void>) | undefined;
  dispose: () => void;
}

/** What a run is to be prepared for. */
export interface Unprepared {
  caller: string;
  trained: LayersModel;
  extractor: LayersModel;
  head: layersNamespace.Layer;
  groups: readonly ParameterGroup[];
  state: readonly Variable[];
  classes: number;
  input: ModelInput;
  train: TrainingExamples;
  validation: TrainingExamples;
}

/** How a run is prepared: see `FitClassifierOptions`. */
export interface PrepareOptions {
  protocol: 'strict' | 'paper';
  batchNorm: BatchNormMode;
  seed: number;
  evaluationBatchSize: number;
  depart?: ((classifier: LayersModel) => void | Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
  /**
   * Hears from the start on how many batches and heads are done, of how many; null where a stream does not say how
   * many it has.
   */
  onBatch?: ((done: number, total: number | null) => void) | undefined;
}

/** Calibrates, fits heads, and departs; the caller disposes of what is kept. */
export async function prepare(
  { caller, trained, extractor, head, groups, state, classes, input, ...examples }: Unprepared,
  options: PrepareOptions,
): Promise<Preparation> {
  const { protocol, batchNorm, seed, evaluationBatchSize: batchSize, depart, signal, onBatch } = options;
  const isCalibrated = batchNorm === 'calibrate' && state.length > 0;
  if (protocol === 'paper' && !isCalibrated) {
    await depart?.(trained);
    return { starts: undefined, settle: undefined, dispose: () => undefined };
  }
  const [train, validation] = await Promise.all(
    (['train', 'validation'] as const).map((split) =>
      trainingData(`${caller}: ${split}`, examples[split], input, { batchSize, seed, classes }),
    ),
  );
  const planned = protocol === 'paper' ? 0 : 1 + Number(isCalibrated) + Number(depart !== undefined);
  const perStart = addUp(train!.batchesPerEpoch, validation!.batchesPerEpoch, 1);
  let [done, isPreparing] = [0, true];
  const count = (batches: number = 0): void => {
    done += batches;
    // Epochs calibrate too.
    if (isPreparing) onBatch?.(done, perStart === null ? null : planned * perStart);
  };
  count();
  const images = isCalibrated ? await calibrationImages(trained, examples.train, train!, seed) : undefined;
  const calibrate = async (): Promise<void> =>
    estimateStatistics(caller, extractor, images!.batches(), { signal, onImages: () => count() });
  const starts = new Starts({
    caller,
    extractor,
    train: train!,
    validation: validation!,
    classes,
    setHead: (weights) => setHead(head, weights),
    variables: [...new Set([...groups.flatMap(({ parameters }) => parameters.flat()), ...state])],
    signal,
    onBatch: count,
  });
  const dispose = (): void => {
    starts.dispose();
    images?.dispose();
  };
  try {
    if (protocol === 'strict') {
      await starts.add('given');
      if (isCalibrated) {
        await calibrate();
        await starts.add('calibrated');
      }
    }
    await depart?.(trained);
    if (isCalibrated && (depart !== undefined || protocol === 'paper')) await calibrate();
    if (protocol === 'strict' && depart !== undefined) await starts.add('departure');
    isPreparing = false;
    return { starts, settle: isCalibrated ? calibrate : undefined, dispose };
  } catch (error) {
    return rethrow(error, dispose);
  }
}

function addUp(...numbers: (number | null)[]): number | null {
  return numbers.some((one) => one === null) ? null : numbers.reduce<number>((sum, one) => sum + one!, 0);
}
