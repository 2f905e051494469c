/**
 * Makes a model train without waste: nothing is computed or kept for what is frozen, and a batch normalisation and the
 * curvature unit behind it are one op.
 *
 * While gradients are recorded, the layers named here run other forms, see forms/. Without a recording they run as
 * ever. Only instances are changed, of a model that is ours: their class, configuration and saved form stay those of
 * tfjs.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { check, matching, oneOf, options } from '@curvature-tuning/checks';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import type { Random } from '../examples/random.js';
import { fieldsOf, variableOf } from '../host/layerInternals.js';
import { isOurs, markOurs } from '../host/ownCalls.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { leafLayers } from '../model/modelConfig.js';
import { layersModel } from '../model/modelKind.js';
import { CTActivation } from '../unit/ctActivation.js';
import { asUnitHolder } from '../unit/unitHolder.js';
import { addition } from './forms/addition.js';
import type { Call, Fields, Form, TrainingMode } from './forms/form.js';
import { single } from './forms/form.js';
import { convolution, dense, depthwiseConvolution } from './forms/linear.js';
import { MovingStatistics } from './forms/movingStatistics.js';
import { heldNormalizations, isDone, normalization } from './forms/normalization.js';
import type { Binding } from './parameterGroup.js';
import type { Trainee } from './run/trainee.js';

export type { BatchNormMode, TrainingMode } from './forms/form.js';

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

/** A layer of another package that draws random numbers in training, and takes its seeds from the run. */
export interface Reseedable {
  /** Takes the seed of the next call in training. */
  reseed(seed: number): void;
}

/** What a model that is prepared for training wants of its loop: the parts of a `Trainee` that concern it. */
export type PreparedModel = { [Part in 'afterForward' | 'catchUp' | 'bindings']: NonNullable<Trainee[Part]> };

/**
 * Prepares every layer of a model, which must be ours. `mode` may be changed later.
 *
 *     const trainee = { ...prepareForTraining(model, mode), forward, inputShape, classes, groups };
 *     await fitParameters(trainee, train, validation);
 *
 * A layer with a method `reseed`, see `Reseedable`, gets a new seed at each call in training. Under `'adapt'` it is
 * `afterForward` that moves the statistics, all at once, and `catchUp` that gives the layers theirs.
 */
export function prepareForTraining(model: LayersModel, mode: TrainingMode): PreparedModel {
  check('prepareForTraining', prepareForTrainingArguments, { model, mode });
  const moving = new MovingStatistics();
  const outputs = outputLayers(model);
  for (const { layer } of leafLayers(model)) {
    const form = formOf(layer, outputs);
    if (form === undefined) continue;
    const fields = fieldsOf(layer) as Fields;
    fields.call = markOurs(form(fields, fields.call.bind(layer), { mode, moving }));
  }
  return {
    afterForward: (threw) => (threw || mode.batchNorm !== 'adapt' ? moving.drop() : moving.apply()),
    catchUp: () => moving.settle(),
    bindings: bindingsOf(model),
  };
}

/** The raw curvatures and coefficients, and how a unit takes the numbers that they stand for. */
function bindingsOf(model: LayersModel): Map<Variable, Binding> {
  return new Map(
    [...curvatureLayers(model).values()].flatMap((unit): [Variable, Binding][] => {
      const [beta, coeff] = [variableOf(unit.rawWeights.beta), variableOf(unit.rawWeights.coeff)];
      const bindPair = (value: Tensor2D | null): void => unit.bindPair(value);
      const pair = unit.isPerChannel ? { second: coeff, bind: bindPair } : undefined;
      return [
        [beta, { bind: (value) => unit.bind('beta', value), pair }],
        [coeff, { bind: (value) => unit.bind('coeff', value) }],
      ];
    }),
  );
}

function formOf(layer: layers.Layer, outputs: ReadonlySet<layers.Layer>): Form | undefined {
  const className = layer.getClassName();
  if (className === 'BatchNormalization') {
    const unit = unitBehind(layer, outputs);
    if (unit !== undefined) passThrough(unit);
    return normalization(unit);
  }
  const held = asUnitHolder(layer)?.normalizations;
  if (held !== undefined && held.size > 0) return heldNormalizations(held);
  return FORMS[className] ?? (isReseedable(layer) ? reseeded(layer) : undefined);
}

/** The CT layer that alone gets what a layer gives; it may get more, from others. */
function unitBehind(layer: layers.Layer, outputs: ReadonlySet<layers.Layer>): CTActivation | undefined {
  const { inboundNodes, outboundNodes } = layer;
  if (inboundNodes.length !== 1 || outboundNodes.length !== 1 || outputs.has(layer)) return undefined;
  const next = outboundNodes[0]!.outboundLayer;
  return next instanceof CTActivation ? next : undefined;
}

/** The layers whose values leave a model, or a model inside it. */
function outputLayers(model: LayersModel): Set<layers.Layer> {
  const inside = model.layers.filter((layer): layer is LayersModel & layers.Layer => layer instanceof LayersModel);
  return new Set([
    ...model.outputs.map(({ sourceLayer }) => sourceLayer),
    ...inside.flatMap((one) => [...outputLayers(one)]),
  ]);
}

/** Has a unit hand on its own value where the normalisation before it has computed it. */
function passThrough(unit: CTActivation): void {
  const fields = fieldsOf(unit) as { apply: (...args: Parameters<Call>) => unknown };
  if (isOurs(fields.apply)) return;
  const stock = fields.apply.bind(unit);
  fields.apply = markOurs((inputs, kwargs) => {
    const x = single(inputs);
    return isDone(x) ? x : stock(inputs, kwargs);
  });
}

function isReseedable(layer: object): layer is Reseedable {
  return 'reseed' in layer && typeof layer.reseed === 'function';
}

const dropout: Form =
  (layer, stock, { mode }) =>
  (inputs, kwargs) => {
    if (kwargs['training'] === true) layer['seed'] = mode.random.seed();
    return stock(inputs, kwargs);
  };

const reseeded =
  (layer: Reseedable): Form =>
  (_, stock, { mode }) =>
  (inputs, kwargs) => {
    if (kwargs['training'] === true) layer.reseed(mode.random.seed());
    return stock(inputs, kwargs);
  };

const FORMS: Record<string, Form> = {
  Add: addition,
  Conv2D: convolution,
  Dense: dense,
  DepthwiseConv2D: depthwiseConvolution,
  Dropout: dropout,
  SpatialDropout1D: dropout,
};
