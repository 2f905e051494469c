/**
 * Makes a model train without waste: nothing is computed for what is frozen.
 *
 * tfjs-layers calls fused ops, whose gradients compute those of the filter and of the bias whether or not anybody
 * wants them, and which the wasm backend cannot compute. While gradients are recorded, the layers named here run the
 * unfused ops instead, whose gradients are computed on demand. Without a recording they run as ever. Only instances
 * are changed, of a model that is ours: their class, configuration and saved form stay those of tfjs.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { check, matching, oneOf, options } from '@curvature-tuning/checks';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { add, conv2d, engine, matMul, mul, reshape, rsqrt, sub, tidy } from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import { leafLayers } from '../model/modelConfig.js';
import { layersModel } from '../model/modelKind.js';
import type { UnitHolder } from '../unit/unitHolder.js';
import { asUnitHolder } from '../unit/unitHolder.js';
import type { BatchStatistics } from './normalizeBatch.js';
import { normalizeBatch } from './normalizeBatch.js';
import { markOurs } from '../host/ownCalls.js';
import type { Random } from '../examples/random.js';

/**
 * What batch normalisation does in training: `'calibrate'` normalises by the batch, and the stored statistics are
 * re-estimated over the training images after every epoch; `'adapt'` normalises by the batch, whose statistics move the
 * stored ones, as PyTorch's train mode; `'frozen'` has the stored ones, left alone.
 */
export type BatchNormMode = 'calibrate' | 'adapt' | 'frozen';

/** Switches of a model that is prepared for training. */
export interface TrainingMode {
  batchNorm: BatchNormMode;
  /** Where dropout takes its seeds from. */
  random: Random;
}

// By what it has: another copy of this package may have made it.
const random: Schema<Random> = matching(
  (value): value is Random =>
    ['seed', 'uniform', 'permutation'].every(
      (method) => typeof (value as Record<string, unknown> | null)?.[method] === 'function',
    ),
  { expects: 'a Random' },
);

export const prepareForTrainingArguments: Entries<{ model: LayersModel; mode: TrainingMode }> = {
  model: layersModel,
  mode: options<TrainingMode>({ batchNorm: oneOf('calibrate', 'adapt', 'frozen'), random }, ['batchNorm', 'random']),
};

type Call = (inputs: Tensor | Tensor[], kwargs: Record<string, unknown>) => Tensor | Tensor[];
/** A layer of another package that draws random numbers in training, and takes its seeds from the run. */
export interface Reseedable {
  /** Takes the seed of the next call in training. */
  reseed(seed: number): void;
}

/** The layer's own fields that tfjs types as protected. */
type Fields = Record<string, unknown> & { call: Call };
type Replacement = (layer: Fields, stock: Call, mode: TrainingMode) => Call;

/**
 * Prepares every layer of a model, which must be ours. `mode` may be changed later.
 *
 * A layer with a method `reseed`, see `Reseedable`, gets a new seed at each call in training.
 */
export function prepareForTraining(model: LayersModel, mode: TrainingMode): void {
  check('prepareForTraining', prepareForTrainingArguments, { model, mode });
  for (const { layer } of leafLayers(model)) {
    const replacement = REPLACEMENTS[layer.getClassName()];
    const fields = fieldsOf(layer) as Fields;
    if (replacement !== undefined) fields.call = markOurs(replacement(fields, fields.call.bind(layer), mode));
    else if ((asUnitHolder(layer)?.normalizations.size ?? 0) > 0)
      fields.call = markOurs(heldNormalizations(asUnitHolder(layer)!, fields.call.bind(layer), mode));
    else if (isReseedable(layer)) fields.call = markOurs(reseeded(layer, fields.call.bind(layer), mode));
  }
}

function isReseedable(layer: object): layer is Reseedable {
  return 'reseed' in layer && typeof layer.reseed === 'function';
}

const isRecording = (): boolean => engine().state.gradientDepth > 0;
const single = (inputs: Tensor | Tensor[]): Tensor => (Array.isArray(inputs) ? inputs[0]! : inputs);
const read = (weight: unknown): Tensor | null => (weight as LayerVariable | null)?.read() ?? null;

const convolution: Replacement = (layer, stock) => (inputs, kwargs) => {
  if (!isRecording() || layer['dataFormat'] === 'channelsFirst') return stock(inputs, kwargs);
  return tidy(() => {
    const y = conv2d(
      single(inputs) as Tensor4D,
      read(layer['kernel']) as Tensor4D,
      layer['strides'] as [number, number],
      layer['padding'] as 'same' | 'valid',
      'NHWC',
      layer['dilationRate'] as [number, number],
    );
    return finish(layer, y);
  });
};

const dense: Replacement = (layer, stock) => (inputs, kwargs) => {
  if (!isRecording()) return stock(inputs, kwargs);
  return tidy(() => {
    const x = single(inputs);
    const kernel = read(layer['kernel']) as Tensor2D;
    const y = matMul(reshape(x, [-1, x.shape.at(-1)!]), kernel);
    return finish(layer, reshape(y, [...x.shape.slice(0, -1), kernel.shape[1]]));
  });
};

/** Bias and activation, as the layer has them. */
function finish(layer: Fields, y: Tensor): Tensor {
  const bias = read(layer['bias']);
  const biased = bias === null ? y : add(y, bias);
  const activation = layer['activation'] as { getClassName: () => string; apply: (x: Tensor) => Tensor } | null;
  return activation === null || activation.getClassName() === 'linear' ? biased : activation.apply(biased);
}

const batchNormalization: Replacement = (layer, stock, mode) => (inputs, kwargs) => {
  const training = kwargs['training'] === true && mode.batchNorm !== 'frozen';
  const x = single(inputs);
  const { axis, epsilon, momentum } = layer as Fields & Record<'axis' | 'epsilon' | 'momentum', number>;
  const isLast = axis === -1 || axis === x.rank - 1;
  if (!isLast || (!training && !isRecording())) return stock(inputs, { ...kwargs, training });
  const [gamma, beta] = [read(layer['gamma']), read(layer['beta'])];
  const [movingMean, movingVariance] = [layer['movingMean'], layer['movingVariance']] as [LayerVariable, LayerVariable];
  return tidy(() => {
    if (!training) {
      const r = rsqrt(add(movingVariance.read(), epsilon));
      const scale = gamma === null ? r : mul(gamma, r);
      const offset = beta === null ? mul(movingMean.read(), mul(scale, -1)) : sub(beta, mul(movingMean.read(), scale));
      return add(mul(x, scale), offset);
    }
    const frozen = !isTrained(layer['gamma']) && !isTrained(layer['beta']);
    return normalizeBatch(x, gamma, beta, epsilon, frozen, (found) =>
      moveStatistics({ movingMean, movingVariance }, found, mode, momentum),
    );
  });
};

/** Has a layer's batch normalisations do what those of a model do: `'adapt'` moves them by Keras's momentum. */
const heldNormalizations =
  ({ normalizations }: UnitHolder, stock: Call, mode: TrainingMode): Call =>
  (inputs, kwargs) => {
    if (kwargs['training'] !== true || mode.batchNorm === 'frozen') return stock(inputs, kwargs);
    const restore = [...normalizations.values()].map((held) =>
      held.replace((x, scale, offset, epsilon) =>
        tidy(() => normalizeBatch(x, scale, offset, epsilon, true, (found) => moveStatistics(held, found, mode, 0.99))),
      ),
    );
    try {
      return stock(inputs, kwargs);
    } finally {
      restore.forEach((undo) => undo());
    }
  };

/** Moves stored statistics towards a batch's, where training adapts them. */
function moveStatistics(
  { movingMean, movingVariance }: { movingMean: LayerVariable; movingVariance: LayerVariable },
  { mean, variance, count }: BatchStatistics,
  { batchNorm }: TrainingMode,
  momentum: number,
): void {
  if (batchNorm === 'calibrate') return;
  const unbiased = count > 1 ? mul(variance, count / (count - 1)) : variance;
  for (const [moving, value] of [
    [movingMean, mean],
    [movingVariance, unbiased],
  ] as const) {
    moving.write(add(mul(moving.read(), momentum), mul(value, 1 - momentum)));
  }
}

const dropout: Replacement = (layer, stock, mode) => (inputs, kwargs) => {
  if (kwargs['training'] === true) layer['seed'] = mode.random.seed();
  return stock(inputs, kwargs);
};

const reseeded =
  (layer: Reseedable, stock: Call, mode: TrainingMode): Call =>
  (inputs, kwargs) => {
    if (kwargs['training'] === true) layer.reseed(mode.random.seed());
    return stock(inputs, kwargs);
  };

const REPLACEMENTS: Record<string, Replacement> = {
  Conv2D: convolution,
  Dense: dense,
  BatchNormalization: batchNormalization,
  Dropout: dropout,
  SpatialDropout1D: dropout,
};

function isTrained(weight: unknown): boolean {
  return (weight as layers.Layer['weights'][number] | null)?.trainable ?? false;
}
