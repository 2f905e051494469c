/**
 * Calibration: batch normalisation fitted to other images, or to another curvature, without labels or training.
 */
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  check,
  count,
  func,
  isTensor,
  matching,
  options,
  seed,
  secondsLeft,
  signal,
} from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { copyModel } from '../copy/rebuild.js';
import { examples, gatherImages } from '../examples/gatherExamples.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { rethrow } from '../host/rethrow.js';
import { leafLayers } from '../model/modelConfig.js';
import { inputOf } from '../model/modelInput.js';
import { layersModel } from '../model/modelKind.js';
import { normalizationsOf } from './normalizations.js';
import type { UnitHolder } from '../unit/unitHolder.js';
import { asUnitHolder } from '../unit/unitHolder.js';
import { estimateFromImages } from './populationStatistics.js';

/** Images without labels, or examples, whose labels are not looked at. */
export type Unlabelled = Tensor | Examples;

/** Options of `calibrate`. */
export interface CalibrateOptions {
  /** The most images a batch, each of which is normalised by its own statistics. Default: 64, or as memory allows. */
  batchSize?: number | undefined;
  /** Seeds the order of the images, which may be sorted by class. Default 42. */
  seed?: number | undefined;
  /** Hears at the start and after each batch; `phase` is `'calibrate'`, `done` and `total` count images. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

/** What `calibrate` gives. */
export interface CalibratedModel {
  /** A copy of the network with other statistics; it shares all other weights. */
  model: LayersModel;
  /** Names of the layers whose statistics were estimated. */
  layers: string[];
  /** Frees the model. */
  dispose: () => void;
}

/** Images, or examples. */
export const unlabelled: Schema<Unlabelled> = anyOf(
  matching((value): value is Tensor => isTensor(value), { expects: 'a tensor of images' }),
  examples,
);

export const calibrateOptions: Schema<CalibrateOptions> = options<CalibrateOptions>({
  batchSize: count,
  seed,
  onProgress: func(),
  signal,
});

export const calibrateArguments: Entries<{ model: LayersModel; images: Unlabelled; options: CalibrateOptions }> = {
  model: layersModel,
  images: unlabelled,
  options: calibrateOptions,
};

export const isCalibratableArguments: Entries<{ model: LayersModel }> = { model: layersModel };

/**
 * Re-estimates the statistics of batch normalisation from unlabelled images: forward passes alone, no gradient.
 *
 *     const { model: steered } = replaceActivations(network, { beta: 0.7 });
 *     const { model } = await calibrate(steered, images);
 *
 * The stored means and variances are those of the images that the network was trained on, at the curvature that it was
 * trained at. Where either changes, they no longer fit, and accuracy falls; one pass over a few hundred images gives it
 * back. The model stays as it is; an adapter of the copy (`getAdapter`) holds the new statistics. Of a GraphModel
 * (`graphFeatures`), the nodes of batch normalisation are calibrated that a converter left; `calibrateGraph` calibrates
 * a whole graph.
 *
 * @throws Error when the model has no batch normalisation: a converter may have folded it into convolutions.
 * Source: Wu and Johnson, arXiv 2105.07576, section 3; statistics of all images together, see `estimateStatistics`.
 */
export async function calibrate(
  model: LayersModel,
  images: Unlabelled,
  options: CalibrateOptions = {},
): Promise<CalibratedModel> {
  check('calibrate', calibrateArguments, { model, images, options });
  const copy = copyModel(model);
  try {
    const normalizations = normalizationsOf(copy);
    if (normalizations.length === 0) throw new Error(`calibrate: ${withoutStatistics(model)}`);
    await calibrateModels('calibrate', [copy], images, options);
    return { model: copy, layers: normalizations.map(({ path }) => path), dispose: () => void copy.dispose() };
  } catch (error) {
    return rethrow(error, () => copy.dispose());
  }
}

/** Calibrates models that are ours and take the same images, one after the other. */
export async function calibrateModels(
  caller: string,
  models: readonly LayersModel[],
  images: Unlabelled,
  { batchSize, seed, signal, onProgress }: CalibrateOptions,
): Promise<void> {
  const gathered = await gatherImages(`${caller}: images`, images, inputOf(caller, models[0]!));
  try {
    const total = models.length * gathered.images.shape[0];
    const begin = performance.now();
    let done = 0;
    onProgress?.({ phase: 'calibrate', done, total, secondsLeft: null });
    const onImages = (batch: number): void => {
      done += batch;
      const left = secondsLeft((performance.now() - begin) / 1000, done, total);
      onProgress?.({ phase: 'calibrate', done, total, secondsLeft: left });
    };
    await explainingExhaustion(caller, async () => {
      for (const model of models)
        await estimateFromImages(caller, model, gathered.images, { batchSize, seed, signal, onImages });
    });
  } finally {
    gathered.dispose();
  }
}

/** Whether a model has batch normalisation, which `calibrate` can act on. */
export function isCalibratable(model: LayersModel): boolean {
  check('isCalibratable', isCalibratableArguments, { model });
  return normalizationsOf(model).length > 0;
}

/** Why a model has nothing to calibrate. */
export function withoutStatistics(model: LayersModel): string {
  const holder = leafLayers(model).flatMap(({ layer }) => asUnitHolder(layer) ?? [])[0];
  if (holder !== undefined) return foldedAway(`"${model.name}"`, holder.convolutions);
  return (
    `"${model.name}" has no batch normalisation whose statistics could be estimated; converters fold it into ` +
    'convolutions, in which case convert the model anew without that, or steer it as it is'
  );
}

/** Why a graph has nothing to calibrate. */
export function foldedAway(what: string, { all, biased }: UnitHolder['convolutions']): string {
  return (
    `${what} has no node of batch normalisation whose statistics could be estimated: ${biased} of its ${all} ` +
    'convolutions have a bias, into which converters fold it; convert the network as a LayersModel ' +
    '(--output_format tfjs_layers_model), which keeps it, or steer it as it is'
  );
}
