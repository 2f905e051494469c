/**
 * Fits a network with a new head to labelled images: what T-CT and the methods it is compared with have in common.
 */
import type { Batch, ClassifierMeta } from '@curvature-tuning/data';
import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, func, inNameOf, listOf, oneOf, options, pick } from '@curvature-tuning/checks';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type {
  layers as layersNamespace,
  LayersModel,
  LayerVariable,
  Shape,
  SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { model as functional } from '@tensorflow/tfjs-layers';
import type { Adapted } from '../model/adapted.js';
import { weightsBeside } from '../adapter/adapter.js';
import { originalHashes } from '../model/baseFingerprint.js';
import type { RunIdentity } from './checkpoint.js';
import { attachHead, initialHead } from '../head/classifierHead.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { evaluationBatch } from '../model/evaluationBatch.js';
import { exposeFeatures, findFeatures } from '../model/features.js';
import type { EpochRecord } from './epochRecord.js';
import { fitParameters } from './fitParameters.js';
import type { FitOptions } from './run/fitOptions.js';
import { fitOptionEntries } from './run/fitOptions.js';
import type { Trainee } from './run/trainee.js';
import { evenParts, imagesInTraining } from './run/trainingMemory.js';
import { classCount, countClasses } from '../examples/gatherExamples.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { variableOf } from '../host/layerInternals.js';
import type { MetaOption } from '../model/classifier/meta.js';
import { metaOfTraining, metaOptionEntries } from '../model/classifier/meta.js';
import { leafLayers } from '../model/modelConfig.js';
import { modelFingerprint } from '../model/modelFingerprint.js';
import { inputOf } from '../model/modelInput.js';
import { checkLayersModel, layersModel } from '../model/modelKind.js';
import { statisticsOf } from '../calibrate/normalizations.js';
import { nonFiniteSite } from '../model/nonFiniteSite.js';
import { discard } from '../copy/ownership.js';
import type { ParameterGroup } from './parameterGroup.js';
import type { LearningRates } from '../head/learningRates.js';
import { learningRate } from '../head/learningRates.js';
import { Random } from '../examples/random.js';
import { callingModels } from '../copy/rebuild.js';
import { rethrow } from '../host/rethrow.js';
import { setTrainedBeside, trainedBeside } from '../model/trainedBeside.js';
import type { TrainingExamples } from '../examples/trainingData.js';
import { batchesIn, trainingExamples } from '../examples/trainingData.js';
import type { Preparation, Start } from './starts.js';
import { prepare } from './starts.js';
import type { BatchNormMode, TrainingMode } from './trainingMode.js';
import { prepareForTraining } from './trainingMode.js';
import { weightName, weightsByName } from '../model/weightName.js';

/** A weight of a layer of a model. */
export interface ModelWeight {
  /** Path of the layer: `outer/inner`. */
  layer: string;
  className: string;
  /** Name within the layer, as tfjs gives it: `kernel`, `bias`, `gamma`, ... */
  name: string;
  shape: readonly (number | null)[];
  weight: LayerVariable;
}

/** Weights that are trained at one learning rate; `select` gives each the name of its tie group, or leaves it out. */
export interface WeightSelection {
  name: string;
  learningRate: number;
  /**
   * A weight for which this returns a string is trained, tied to the others with that string; `true` ties it to none.
   */
  select: (weight: ModelWeight) => boolean | string;
}

/** How a head, and the given weights below it, are trained. */
export interface FitClassifierOptions extends FitOptions, MetaOption {
  /**
   * Name of the layer (`outer/inner` in nested models) whose output, flattened, is the feature vector. Default: what
   * the head gets, Dense or a convolution; without a head, the output.
   */
  features?: string | undefined;
  /**
   * Number of classes. Default: that of one-hot labels, or the largest label of examples in memory + 1; a stream needs
   * it.
   */
  classes?: number | undefined;
  /** Of the head. Default 1e-3. */
  learningRate?: Pick<LearningRates, 'head'> | undefined;
  /** What batch normalisation does. Default `'calibrate'`; `'adapt'` under `protocol: 'paper'`. */
  batchNorm?: BatchNormMode | undefined;
  /**
   * Moves the classifier to where training departs from, such as another curvature; called once, after the network as
   * it is was validated. Default: training departs from the network as it is.
   */
  depart?: ((classifier: LayersModel) => void | Promise<void>) | undefined;
  /** What trains beside the head. Default: nothing. */
  weights?: readonly WeightSelection[] | undefined;
  /**
   * What else a checkpoint must share with the run that takes it up, by name: what chose the weights, such as options
   * of the method.
   */
  identity?: (() => Promise<RunIdentity>) | undefined;
}

const weightSelection = options<WeightSelection>({ name: filledText, learningRate, select: func() }, [
  'name',
  'learningRate',
  'select',
]);

/** The options of `fitClassifier`, for methods that are built on it and take more. */
export const fitClassifierOptionEntries: Entries<FitClassifierOptions> = {
  ...fitOptionEntries,
  ...metaOptionEntries,
  features: filledText,
  classes: classCount,
  learningRate: options<Pick<LearningRates, 'head'>>({ head: learningRate }),
  batchNorm: oneOf('calibrate', 'adapt', 'frozen'),
  depart: func(),
  weights: listOf(weightSelection),
  identity: func(),
};

/** The arguments of `fitClassifier`, as it checks them. */
export const fitClassifierArguments: Entries<{
  model: LayersModel;
  train: TrainingExamples;
  validation: TrainingExamples;
  options: FitClassifierOptions;
}> = {
  model: layersModel,
  train: trainingExamples,
  validation: trainingExamples,
  options: options<FitClassifierOptions>(fitClassifierOptionEntries),
};

/** What training in epochs gives; what was kept is the best epoch, or the best start where none is better. */
export interface FittedClassifier extends Adapted<EpochRecord> {
  /** The epoch that was kept, from 0; null when a start was. */
  bestEpoch: number | null;
  /** What was validated before the first epoch; nothing under `protocol: 'paper'`. */
  starts: readonly Start[];
}

/**
 * Puts a new linear head on a network and trains it, together with the weights that are selected.
 *
 *     const gammas = { name: 'norm', learningRate: 1e-2, select: ({ name }) => name === 'gamma' };
 *     const fitted = await fitClassifier(copy, train, validation, { weights: [gammas] });
 *
 * Everything else is frozen, and no gradient of it is computed. Batch normalisation is calibrated to the training
 * images (see `calibrate`), and the head starts at the optimum on the network's features, as `linearProbe` finds it;
 * that start, and the one without calibration, are candidates as every epoch is, so that the result never validates
 * worse. Under `protocol: 'paper'` the head starts at random, and epochs alone count.
 *
 * The model is *taken over*: it becomes the classifier's body, and is disposed of when this fails; pass a copy to keep
 * it.
 *
 * @throws Error as `fitParameters` does; also when a selection selects nothing.
 */
export async function fitClassifier(
  model: LayersModel,
  train: TrainingExamples,
  validation: TrainingExamples,
  options: FitClassifierOptions = {},
): Promise<FittedClassifier> {
  const caller = 'fitClassifier';
  checkLayersModel(caller, model);
  let classifier: LayersModel | undefined;
  let preparation: Preparation | undefined;
  try {
    check(caller, fitClassifierArguments, { model, train, validation, options });
    const { protocol = 'strict', seed = 42, weights = [] } = options;
    const { batchNorm = protocol === 'paper' ? 'adapt' : 'calibrate' } = options;
    const { learningRate: { head: headRate = 1e-3 } = {} } = options;
    model = callingModels(model);
    const input = inputOf(caller, model);
    const classes = options.classes ?? (await countClasses(caller, { train, validation }));
    const features = exposeFeatures(findFeatures(caller, model, options.features));
    const meta = metaOfTraining(caller, model, { examples: train, classes, given: options.meta });
    const extractor = functional({ inputs: model.inputs, outputs: features });
    const { head, ...made } = withHead(model, { features, classes, random: new Random(seed), meta });
    classifier = made.classifier;
    const mode: TrainingMode = { batchNorm, random: new Random(seed) };
    const groups = [...selectWeights(caller, classifier, head, weights), headGroup(head, headRate)];
    const inTraining = prepareForTraining(classifier, mode);
    const trained = classifier;
    await noteTrained(caller, trained);
    const validationShape = (validation as Partial<Batch>).images?.shape ?? trained.inputs[0]!.shape;
    const { evaluationBatchSize = evaluationBatch(trained, [validationShape]) } = options;
    const network = await modelFingerprint(trained);
    const state = batchNorm === 'frozen' ? [] : statisticsOf(trained).map(variableOf);
    const run = { caller, trained, extractor, head, groups, state, classes, input, train, validation };
    const { epochs = 20, batchSize = 32, batchesPerEpoch: steps = batchesIn(train, batchSize), onProgress } = options;
    let prepared = 0;
    const onBatch = (done: number, total: number | null): void => {
      prepared = done;
      const all = total === null || steps === null ? null : total + epochs * steps;
      onProgress?.({ ...PREPARING, done, total: all, epochs, steps });
    };
    const settings = { ...options, protocol, seed, batchNorm, evaluationBatchSize, onBatch };
    preparation = await explainingExhaustion(caller, () => prepare(run, settings));
    const trainee: Trainee = {
      ...inTraining,
      forward: (images, training) => trained.apply(images, { training }) as Tensor2D,
      inputShape: input.shape,
      inputDtypes: input.dtypes,
      classes,
      groups,
      state,
      settle: preparation.settle,
      useRandom: (random) => (mode.random = random),
      explain: (images) => nonFiniteSite(trained, images),
      identity: async () => ({
        ...(await options.identity?.()),
        batchNorm,
        'trained weights': trainedWeights(trained),
        network,
      }),
      model: trained,
    };
    const shape = (train as Partial<Batch>).images?.shape ?? trained.inputs[0]!.shape;
    const { microBatchSize = microBatch(trainee, mode, shape, batchSize) } = options;
    const fitOptions: FitOptions = {
      ...pick(fitOptionEntries, options),
      batchSize,
      microBatchSize,
      evaluationBatchSize,
      onProgress: ({ done, total, ...progress }) =>
        onProgress?.({ ...progress, done: prepared + done, total: total === null ? null : prepared + total }),
    };
    const { history, best } = await inNameOf(caller, 'fitParameters', () =>
      fitParameters(trainee, train, validation, fitOptions),
    );
    const start = preparation.starts?.restoreIfBetter(best);
    const { validationAccuracy, validationLoss } = start ?? best;
    const counted = (group: ParameterGroup): number =>
      group.parameters.reduce((sum, parameter) => sum + [parameter].flat()[0]!.size, 0);
    const total = groups.reduce((sum, group) => sum + counted(group), 0);
    return {
      classifier: trained,
      head,
      validationAccuracy,
      validationLoss,
      bestEpoch: start === undefined ? best.epoch : null,
      starts: preparation.starts?.tried ?? [],
      history,
      parameters: { withoutHead: total - counted(groups.at(-1)!), total },
      dispose: () => void trained.dispose(),
    };
  } catch (error) {
    return rethrow(error, () => discard(classifier ?? model));
  } finally {
    preparation?.dispose();
  }
}

/** Progress before the first step. */
const PREPARING = { phase: 'prepare', secondsLeft: null, epoch: 0, step: 0, loss: undefined, best: undefined };

/** How many images of a batch go through at a time; statistics stay as they are while that is found out. */
function microBatch(trainee: Trainee, mode: TrainingMode, shape: Shape, batchSize: number): number {
  const { batchNorm } = mode;
  if (batchNorm === 'adapt') mode.batchNorm = 'calibrate';
  try {
    return evenParts(batchSize, imagesInTraining(trainee, shape, trainee.inputDtypes?.[0] ?? 'float32'));
  } finally {
    mode.batchNorm = batchNorm;
  }
}

/** Lets a model with CT layers say which weights are trained beside, for its adapter. */
async function noteTrained(caller: string, model: LayersModel): Promise<void> {
  if (curvatureLayers(model).size === 0) return;
  const trainable = [...weightsBeside(model)].filter(([, weight]) => weight.trainable);
  setTrainedBeside(
    model,
    new Map([...trainedBeside(caller, model), ...(await originalHashes(caller, model, trainable))]),
  );
}

/** The classifier with a head that starts at random. */
function withHead(
  model: LayersModel,
  {
    features,
    classes,
    random,
    meta,
  }: { features: SymbolicTensor; classes: number; random: Random; meta: ClassifierMeta },
): { classifier: LayersModel; head: layersNamespace.Layer } {
  const sizes = features.shape.slice(1);
  if (sizes.includes(null))
    throw new Error(
      `the features of "${model.name}" have no fixed size: [${features.shape.join(', ')}]; give the model a ` +
        'full input shape, or pool first',
    );
  const weights = initialHead(
    (sizes as number[]).reduce((a, b) => a * b, 1),
    classes,
    random,
  );
  try {
    return attachHead(model, { features, weights, suffix: 'tuned', meta });
  } finally {
    weights.dispose();
  }
}

function headGroup(head: layersNamespace.Layer, learningRate: number): ParameterGroup {
  return { name: 'head', learningRate, parameters: head.weights.map(variableOf) };
}

/** The groups of the selections; everything that is not selected is frozen. */
function selectWeights(
  caller: string,
  classifier: LayersModel,
  head: layersNamespace.Layer,
  selections: readonly WeightSelection[],
): ParameterGroup[] {
  const ties = selections.map(() => new Map<string, Variable[]>());
  for (const { path, layer } of leafLayers(classifier)) {
    if (layer === head) continue;
    const chosen = layer.weights.flatMap((weight) => {
      const described = {
        layer: path,
        className: layer.getClassName(),
        name: weightName(weight),
        shape: weight.shape,
        weight,
      };
      const group = selections.findIndex(({ select }) => select(described) !== false);
      return group === -1
        ? []
        : [{ weight, group, tie: selections[group]!.select(described), name: `${path}/${weightName(weight)}` }];
    });
    // Setting the layer's flag sets those of its weights.
    layer.trainable = chosen.length > 0;
    for (const weight of layer.weights) weight.trainable = chosen.some((choice) => choice.weight === weight);
    for (const { weight, group, tie, name } of chosen) {
      const key = tie === true ? name : (tie as string);
      ties[group]!.set(key, [...(ties[group]!.get(key) ?? []), variableOf(weight)]);
    }
  }
  return selections.map(({ name, learningRate }, i) => {
    if (ties[i]!.size === 0)
      throw new Error(
        `${caller}: "${name}" selects no weight of "${classifier.name}"; see model.summary() and each layer's weights`,
      );
    return { name, learningRate, parameters: [...ties[i]!.values()] };
  });
}

/** Which weights are trained: by their places, for names are others in every process. */
function trainedWeights(model: LayersModel): string {
  return leafLayers(model)
    .flatMap(({ layer }, i) =>
      weightsByName(layer).flatMap((weight) => (weight.trainable ? [`${i}.${weightName(weight)}`] : [])),
    )
    .join(' ');
}
