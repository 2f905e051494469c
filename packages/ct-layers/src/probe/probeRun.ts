/**
 * A frozen network and its examples, ready to fit heads on: what the linear probe and steering share.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { count, filledText, func } from '@curvature-tuning/checks';
import type { ClassifierMeta, Examples } from '@curvature-tuning/data';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { model as functional } from '@tensorflow/tfjs-layers';
import { attachHead } from '../head/classifierHead.js';
import type { Adapted } from '../model/adapted.js';
import type { CTActivation } from '../unit/ctActivation.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { estimateFromImages } from '../calibrate/populationStatistics.js';
import { exposeFeatures, extractFeatures, findFeatures, runInBatches } from '../model/features.js';
import type { FeatureSet, FittedHead, ProbeOptions } from './fitHeads.js';
import { fitHeads, probeOptionEntries } from './fitHeads.js';
import type { ProbeProgress } from './probeProgress.js';
import type { Readable } from '../examples/gatherExamples.js';
import { checkFeatures } from './checkFeatures.js';
import { classCount, readableExamples } from '../examples/gatherExamples.js';
import type { MetaOption } from '../model/classifier/meta.js';
import { metaOfTraining, metaOptionEntries } from '../model/classifier/meta.js';
import { inputOf } from '../model/modelInput.js';
import { normalizationsOf } from '../calibrate/normalizations.js';
import { discard } from '../copy/ownership.js';
import { callingModels } from '../copy/rebuild.js';
import { rethrow } from '../host/rethrow.js';
import type { SplitModel } from '../surgery/splitAtCurvature.js';
import { splitAtCurvature } from '../surgery/splitAtCurvature.js';

/** How the features are made, and how the head on them is trained. */
export interface LinearProbeOptions extends ProbeOptions, MetaOption {
  /**
   * Name of the layer (`outer/inner` in nested models) whose output, flattened, is the feature vector. Default: what
   * the head gets, Dense or a convolution; without a head, the output.
   */
  features?: string | undefined;
  /** Number of classes. Default: that of one-hot labels, or the largest label + 1. */
  classes?: number | undefined;
  /**
   * Images that go through the network at a time. Default: as many as take 256 MiB for the activations of the largest
   * layer, at most 100.
   */
  evaluationBatchSize?: number | undefined;
  /**
   * Hears from the start on how far the run is; `phase` is `'probe'`, `done` and `total` count images through the
   * network, those that are read before, and the head. `total` is null while images are read.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a run is started with: `onProgress` is whoever starts it's to call, through `progress`. */
export interface ProbeRunOptions extends Omit<LinearProbeOptions, 'onProgress'> {
  progress: ProbeProgress;
}

export const linearProbeOptionEntries: Entries<LinearProbeOptions> = {
  ...probeOptionEntries,
  ...metaOptionEntries,
  features: filledText,
  classes: classCount,
  evaluationBatchSize: count,
  onProgress: func(),
};

/** Half a gigabyte. */
const MAX_CACHE_BYTES = 2 ** 29;

/** Means and variances of batch normalisations, by the paths of the layers. */
export type Statistics = ReadonlyMap<string, readonly [mean: Tensor, variance: Tensor]>;

/** Frees statistics. */
export function disposeStatistics(statistics: Statistics | undefined): void {
  for (const pair of statistics?.values() ?? []) pair.forEach((t) => t.dispose());
}

interface Parts {
  caller: string;
  model: LayersModel;
  features: SymbolicTensor;
  /** From images to `features`. */
  extractor: LayersModel;
  train: Readable;
  validation: Readable;
  classes: number;
  meta: ClassifierMeta;
  options: ProbeRunOptions;
}

/**
 * One run over a model and its examples. It ends with either `finish` or `abandon`, which free everything but the
 * classifier.
 */
export class ProbeRun {
  private readonly parts: Parts;
  private split: SplitModel | undefined;
  /** What the prefix makes of the training and of the validation images. */
  private readonly cached: Tensor[][] = [];

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  /** @param model A model that this run owns from now on, whatever happens. */
  static async start(
    caller: string,
    model: LayersModel,
    splits: { train: Examples; validation: Examples },
    options: ProbeRunOptions,
  ): Promise<ProbeRun> {
    const gathered: Readable[] = [];
    try {
      model = callingModels(model);
      const input = inputOf(caller, model);
      const features = exposeFeatures(findFeatures(caller, model, options.features));
      for (const name of ['train', 'validation'] as const)
        gathered.push(
          await readableExamples(`${caller}: ${name}`, splits[name], input, {
            classes: options.classes,
            onImages: options.progress.count,
          }),
        );
      const classes =
        options.classes ??
        Math.max(
          ...gathered.map(({ labels, oneHotClasses = 1 }) =>
            labels.reduce((most, label) => Math.max(most, label + 1), oneHotClasses),
          ),
        );
      const extractor = functional({ inputs: model.inputs, outputs: features });
      return new ProbeRun({
        caller,
        model,
        features,
        extractor,
        train: gathered[0]!,
        validation: gathered[1]!,
        classes,
        meta: metaOfTraining(caller, model, { examples: splits.train, classes, given: options.meta }),
        options,
      });
    } catch (error) {
      return rethrow(error, ...gathered.map((split) => () => split.dispose()), () => discard(model));
    }
  }

  /**
   * From now on computes what no curvature acts on once, and keeps it. Returns the CT layers that `extract` runs, which
   * are not those of the model.
   *
   * Nothing is kept where it would take more than half a gigabyte, or where curvature acts on the images themselves.
   */
  async cachePrefix(): Promise<CTActivation[]> {
    const { extractor, train, validation, options } = this.parts;
    const split = splitAtCurvature(extractor);
    if (split === undefined) return [...curvatureLayers(extractor).values()];
    const bytes = split.prefix.outputs.reduce(
      (sum, { shape }) => sum + 4 * shape.slice(1).reduce<number>((a, b) => a * (b ?? Infinity), 1),
      0,
    );
    if (bytes * (train.labels.length + validation.labels.length) > MAX_CACHE_BYTES) {
      split.dispose();
      return [...curvatureLayers(extractor).values()];
    }
    this.split = split;
    const { evaluationBatchSize: batchSize, signal, progress } = options;
    progress.planMore(this.passes.features);
    for (const { images } of [train, validation])
      this.cached.push(await runInBatches(split.prefix, images, { batchSize, signal, onImages: progress.count }));
    return [...curvatureLayers(split.suffix).values()];
  }

  /** How many images go through the network for features, and for a calibration. */
  get passes(): { features: number; calibration: number; validation: number } {
    const [train, validation] = [this.parts.train.labels.length, this.parts.validation.labels.length];
    return { features: train + validation, calibration: train, validation };
  }

  /** Whether there are statistics to calibrate. */
  get canCalibrate(): boolean {
    return normalizationsOf(this.parts.extractor).length > 0;
  }

  /**
   * Re-estimates the statistics of batch normalisation from the training images, of the part that `extract` runs, with
   * the curvature as it is now. `evaluationBatchSize` does not count here: each batch is normalised by itself, so that
   * small ones come to other statistics.
   */
  async calibrate(): Promise<void> {
    const { caller, extractor, train, options } = this.parts;
    const { seed, signal, progress } = options;
    const model = this.split?.suffix ?? extractor;
    const images = this.cached[0] ?? train.images;
    await estimateFromImages(caller, model, images, { seed, signal, onImages: progress.count });
  }

  /** The statistics that `extract` uses, by the paths of their layers; the caller disposes of them. */
  statistics(): Statistics {
    const model = this.split?.suffix ?? this.parts.extractor;
    return new Map(
      normalizationsOf(model).map(({ path, movingMean, movingVariance }) => [
        path,
        [movingMean.read().clone(), movingVariance.read().clone()],
      ]),
    );
  }

  /** Gives the model statistics, which stay the caller's. */
  setStatistics(statistics: Statistics): void {
    for (const { path, movingMean, movingVariance } of normalizationsOf(this.parts.model)) {
      const found = statistics.get(path);
      if (found === undefined) continue;
      movingMean.write(found[0]);
      movingVariance.write(found[1]);
    }
  }

  /**
   * The features of the training and validation examples, with the curvature as it is now; the caller disposes of them.
   */
  async extract(): Promise<[train: FeatureSet, validation: FeatureSet]> {
    const { caller, extractor, train, validation, options } = this.parts;
    const { evaluationBatchSize, signal, progress } = options;
    const sets: FeatureSet[] = [];
    try {
      for (const [i, { images, labels }] of [train, validation].entries()) {
        sets.push({
          features: await extractFeatures(this.split?.suffix ?? extractor, this.cached[i] ?? images, {
            batchSize: evaluationBatchSize,
            signal,
            onImages: progress.count,
          }),
          labels,
        });
        const { features } = sets.at(-1)!;
        await checkFeatures(`${caller}: ${i === 0 ? 'train' : 'validation'}`, extractor, { images, features });
      }
      return sets as [FeatureSet, FeatureSet];
    } catch (error) {
      return rethrow(
        error,
        ...sets.map(
          ({ features }) =>
            () =>
              features.dispose(),
        ),
      );
    }
  }

  /** Fits a head to each pair of sets that `extract` gave. */
  async fit(
    sets: readonly (readonly [FeatureSet, FeatureSet])[],
    options: ProbeOptions = this.parts.options,
  ): Promise<FittedHead[]> {
    const { caller, classes } = this.parts;
    const { progress } = this.parts.options;
    const heads = await fitHeads(caller, sets, classes, { ...options, onPass: progress.count });
    try {
      progress.count(heads.length);
      return heads;
    } catch (error) {
      return rethrow(error, ...heads.map((head) => () => head.weights.dispose()));
    }
  }

  /** Makes the classifier from a head's weights, and frees those and all else. */
  finish(weights: Tensor2D): Pick<Adapted, 'classifier' | 'head' | 'parameters' | 'dispose'> {
    try {
      const { model, features, meta } = this.parts;
      const { classifier, head } = attachHead(model, { features, weights, suffix: 'probed', meta });
      this.freeExamples();
      return {
        classifier,
        head,
        parameters: { withoutHead: 0, total: head.countParams() },
        dispose: () => void classifier.dispose(),
      };
    } catch (error) {
      return rethrow(error, () => this.abandon());
    } finally {
      weights.dispose();
    }
  }

  /** Frees everything. */
  abandon(): void {
    discard(this.parts.model);
    this.freeExamples();
  }

  private freeExamples(): void {
    this.split?.dispose();
    this.cached.flat().forEach((t) => t.dispose());
    this.parts.train.dispose();
    this.parts.validation.dispose();
  }
}
