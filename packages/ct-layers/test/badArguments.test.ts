/**
 * Every public function with every kind of wrong argument; the tables are made from the schemas.
 */
import { refusals } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getAdapterArguments, interpolateAdaptersArguments } from '../src/adapter/adapter.js';
import { loadAdapterArguments, saveAdapterArguments } from '../src/adapter/adapterFile.js';
import { applyAdapterArguments, disableAdaptersArguments, namedAdapterArguments } from '../src/adapter/adapterHost.js';
import { CTActivation, ctActivation, setBetaArguments, setCoeffArguments } from '../src/unit/ctActivation.js';
import { ctActivationArguments, ctActivationLayerArguments } from '../src/unit/ctActivationArgs.js';
import { curvatureStatisticsArguments, summarizeAdapterArguments } from '../src/adapter/curvatureStatistics.js';
import { calibrateArguments, isCalibratableArguments } from '../src/calibrate/calibrate.js';
import { validatesBetterArguments } from '../src/model/adapted.js';
import type { WeightSelection } from '../src/train/fitClassifier.js';
import { fitClassifier, fitClassifierArguments } from '../src/train/fitClassifier.js';
import type { Trainee } from '../src/train/run/trainee.js';
import { fitParameters, fitParametersArguments } from '../src/train/fitParameters.js';
import { bakeArguments } from '../src/graph/bake/bake.js';
import { calibrateGraphArguments } from '../src/graph/rewrite/calibrateGraph.js';
import { graphFeaturesArguments } from '../src/graph/rewrite/graphFeatures.js';
import { graphFeaturesLayerArguments } from '../src/graph/rewrite/graphFeaturesLayer.js';
import * as graph from '../src/graph/index.js';
import { bake, calibrateGraph, GraphFeatures, graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import type { SteerableGraphModel } from '../src/graph/index.js';
import { replaceGraphActivationsArguments } from '../src/graph/rewrite/replaceGraphActivations.js';
import type { Adapter } from '../src/index.js';
import { withNewHeadArguments } from '../src/head/newHead.js';
import type { LayerEntry } from '../src/model.js';
import * as layers from '../src/index.js';
import * as modelEntry from '../src/model.js';
import * as training from '../src/training.js';
import {
  accuracy,
  applyAdapter,
  calibrate,
  curvatureStatistics,
  disableAdapters,
  fromTorchStateDict,
  getAdapter,
  interpolateAdapters,
  isCalibratable,
  listAdapters,
  loadAdapter,
  LowestPadding2D,
  meanCrossEntropy,
  paperSchedule,
  predictedClasses,
  removeAdapter,
  saveAdapter,
  summarizeAdapter,
  switchAdapter,
  toTorchStateDict,
  validatesBetter,
} from '../src/index.js';
import {
  baseFingerprint,
  copyModel,
  curvatureLayers,
  headLayer,
  leafLayers,
  modelFingerprint,
  outputKind,
  setOutputKind,
  weightName,
  rewriteLayers,
} from '../src/model.js';
import type { Finishing } from '../src/training.js';
import { examplesFingerprint, finish, prepareForTraining, Random } from '../src/training.js';
import { lowestPadding2dArguments } from '../src/surgery/lowestPadding2d.js';
import { examplesFingerprintArguments, heldExamplesArguments } from '../src/examples/examplesFingerprint.js';
import { checkLayersModel, modelArguments } from '../src/model/modelKind.js';
import { linearProbe, linearProbeArguments } from '../src/probe/linearProbe.js';
import { ofEpochArguments, permutationArguments, randomArguments, uniformArguments } from '../src/examples/random.js';
import { rewriteLayersArguments } from '../src/copy/rebuild.js';
import { paperScheduleArguments } from '../src/head/schedule.js';
import { scoreArguments } from '../src/evaluate/scores.js';
import { steer, steerArguments } from '../src/steer/steer.js';
import { steerByScore, steerByScoreArguments } from '../src/steer/steerByScore.js';
import { activationKinds, activationKindsArguments } from '../src/surgery/activationKinds.js';
import { replaceActivations, replaceActivationsArguments } from '../src/surgery/replaceActivations.js';
import { setOutputKindArguments } from '../src/adapter/outputActivation.js';
import { fromTorchStateDictArguments, toTorchStateDictArguments } from '../src/adapter/torchAdapter.js';
import { finishArguments } from '../src/train/forms/finish.js';
import { prepareForTrainingArguments } from '../src/train/trainingMode.js';
import { tune, tuneArguments } from '../src/train/tune.js';
import { weightNameArguments } from '../src/model/weightName.js';
import { GraphBuilder } from './graphBuilder.js';

const classes = [0, 1, 2, 0, 1, 2];
let model: tf.LayersModel;
let examples: { images: tf.Tensor2D; labels: number[] };

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = tf.sequential({
    layers: [tf.layers.dense({ units: 5, activation: 'relu', inputShape: [4] }), tf.layers.dense({ units: 3 })],
  });
  examples = { images: tf.randomNormal([6, 4], 0, 1, 'float32', 1), labels: classes };
});

const { covered, refuses } = refusals(() => tf.memory().numTensors);

describe('bad arguments are refused by name, before any work, and leave no tensor', () => {
  it('steer', () =>
    refuses(
      'steer',
      steerArguments,
      { good: { model, train: examples, validation: examples, options: {} }, atLeast: 250 },
      (a) => steer(a.model, a.train, a.validation, a.options),
    ));
  it('withNewHead', () =>
    refuses('withNewHead', withNewHeadArguments, { good: { model, classes: 2 }, atLeast: 30 }, (a) =>
      modelEntry.withNewHead(a.model, a.classes),
    ));
  it('steer by a score', () =>
    refuses(
      'steerByScore',
      steerByScoreArguments,
      { good: { model, score: () => Promise.resolve(1), options: {} }, atLeast: 100 },
      (a) => steerByScore(a.model, a.score, a.options),
    ));
  it('calibrate and what tells whether it can', async () => {
    await refuses(
      'calibrate',
      calibrateArguments,
      { good: { model, images: examples, options: {} }, atLeast: 100 },
      (a) => calibrate(a.model, a.images, a.options),
    );
    await refuses('isCalibratable', isCalibratableArguments, { good: { model }, atLeast: 20 }, (a) =>
      isCalibratable(a.model),
    );
    const validated = { validationAccuracy: 1, validationLoss: 0 };
    await refuses(
      'validatesBetter',
      validatesBetterArguments,
      { good: { a: validated, b: validated }, atLeast: 30 },
      ({ a, b }) => validatesBetter(a, b),
    );
  });
  it('linearProbe', () =>
    refuses(
      'linearProbe',
      linearProbeArguments,
      { good: { model, train: examples, validation: examples, options: {} }, atLeast: 150 },
      (a) => linearProbe(a.model, a.train, a.validation, a.options),
    ));
  it('tune', () =>
    refuses(
      'tune',
      tuneArguments,
      { good: { model, train: examples, validation: examples, options: {} }, atLeast: 350 },
      (a) => tune(a.model, a.train, a.validation, a.options),
    ));
  it('fitClassifier', () =>
    refuses(
      'fitClassifier',
      fitClassifierArguments,
      {
        good: { model, train: examples, validation: examples, options: { weights: [] as WeightSelection[] } },
        atLeast: 250,
      },
      (a) => fitClassifier(a.model === model ? copyModel(model) : a.model, a.train, a.validation, a.options),
    ));
  it('fitParameters', async () => {
    const variable = tf.variable(tf.ones([4, 3]));
    const trainee: Trainee = {
      forward: (images) => tf.matMul(images as tf.Tensor2D, variable as unknown as tf.Tensor2D),
      inputShape: [null, 4],
      classes: 3,
      groups: [{ name: 'w', learningRate: 0.1, parameters: [variable] }],
    };
    await refuses(
      'fitParameters',
      fitParametersArguments,
      { good: { trainee, train: examples, validation: examples, options: {} }, atLeast: 250 },
      (a) => fitParameters(a.trainee, a.train, a.validation, a.options),
    );
    variable.dispose();
  });
  it('accuracy, meanCrossEntropy and predictedClasses', async () => {
    await refuses('accuracy', scoreArguments, { good: { model, examples, options: {} }, atLeast: 60 }, (a) =>
      accuracy(a.model, a.examples, a.options),
    );
    await refuses('meanCrossEntropy', scoreArguments, { good: { model, examples, options: {} }, atLeast: 60 }, (a) =>
      meanCrossEntropy(a.model, a.examples, a.options),
    );
    await refuses('predictedClasses', scoreArguments, { good: { model, examples, options: {} }, atLeast: 60 }, (a) =>
      predictedClasses(a.model, a.examples, a.options),
    );
  });
  it('activationKinds', () =>
    refuses('activationKinds', activationKindsArguments, { good: { model }, atLeast: 20 }, (a) =>
      Promise.resolve(activationKinds(a.model)),
    ));

  it('replaceActivations', () =>
    refuses('replaceActivations', replaceActivationsArguments, { good: { model, options: {} }, atLeast: 150 }, (a) =>
      replaceActivations(a.model, a.options),
    ));
  it('ctActivation', () =>
    refuses('ctActivation', ctActivationArguments, { good: { options: {} }, atLeast: 200 }, (a) =>
      ctActivation(a.options),
    ));
  it('CTActivation, and its curvature', async () => {
    await refuses(
      'CTActivation',
      ctActivationLayerArguments,
      { good: { options: {} }, atLeast: 200 },
      (a) => new CTActivation(a.options),
    );
    const layer = ctActivation();
    layer.apply(tf.input({ shape: [3] }));
    await refuses('setBeta', setBetaArguments, { good: { beta: 1 }, atLeast: 15 }, (a) => layer.setBeta(a.beta));
    await refuses('setCoeff', setCoeffArguments, { good: { coeff: 1 }, atLeast: 15 }, (a) => layer.setCoeff(a.coeff));
  });
});

it('LowestPadding2D', () =>
  refuses(
    'LowestPadding2D',
    lowestPadding2dArguments,
    { good: { options: {} }, atLeast: 90 },
    (a) => new LowestPadding2D(a.options),
  ));

describe('bad arguments of functions of models', () => {
  it.each<[string, (model: tf.LayersModel) => unknown]>(
    Object.entries({
      copyModel,
      leafLayers,
      curvatureLayers,
      baseFingerprint,
      modelFingerprint,
      headLayer,
      listAdapters,
      outputKind,
    }),
  )('%s', (caller, call) => refuses(caller, modelArguments, { good: { model }, atLeast: 20 }, (a) => call(a.model)));
  it('checkLayersModel', async () => {
    await refuses('checkLayersModel', modelArguments, { good: { model }, atLeast: 20 }, (a) =>
      checkLayersModel('checkLayersModel', a.model),
    );
  });
  it('rewriteLayers, and what its change returns', async () => {
    await refuses(
      'rewriteLayers',
      rewriteLayersArguments,
      { good: { model, change: (_: unknown, __: string, entry: LayerEntry) => entry }, atLeast: 40 },
      (a) => rewriteLayers(a.model, a.change),
    );
    const { numTensors } = tf.memory();
    expect(() => rewriteLayers(model, () => null as never)).toThrow(
      /^rewriteLayers: what change returns for ".+" must be an object {className, config}, got null$/,
    );
    expect(tf.memory().numTensors).toBe(numTensors);
  });
  it('setOutputKind', () =>
    refuses('setOutputKind', setOutputKindArguments, { good: { model, kind: 'logits' }, atLeast: 35 }, (a) =>
      setOutputKind(a.model, a.kind),
    ));
  it('prepareForTraining', () =>
    refuses(
      'prepareForTraining',
      prepareForTrainingArguments,
      { good: { model, mode: { batchNorm: 'frozen' as const, random: new Random(1) } }, atLeast: 60 },
      (a) => prepareForTraining(a.model, a.mode),
    ));
  it('finish', async () => {
    const layer = model.layers.at(-1)! as tf.layers.Layer as tf.layers.Layer & Finishing;
    const y = tf.zeros([1, layer.bias!.shape[0]!]);
    await refuses('finish', finishArguments, { good: { layer, y }, atLeast: 20 }, (a) => finish(a.layer, a.y));
    y.dispose();
  });
  it('weightName', () =>
    refuses('weightName', weightNameArguments, { good: { weight: model.weights[0]! }, atLeast: 20 }, (a) =>
      weightName(a.weight),
    ));
  it('paperSchedule', () =>
    refuses(
      'paperSchedule',
      paperScheduleArguments,
      { good: { epoch: 0, iteration: 0, perEpoch: 1 }, atLeast: 50 },
      (a) => paperSchedule(a.epoch, a.iteration, a.perEpoch),
    ));
  it('Random', async () => {
    const random = new Random(1);
    await refuses('Random', randomArguments, { good: { seed: 1 }, atLeast: 15 }, (a) => new Random(a.seed));
    await refuses('Random.ofEpoch', ofEpochArguments, { good: { seed: 1, epoch: 0 }, atLeast: 30 }, (a) =>
      Random.ofEpoch(a.seed, a.epoch),
    );
    await refuses('Random.uniform', uniformArguments, { good: { length: 1, bound: 1 }, atLeast: 30 }, (a) =>
      random.uniform(a.length, a.bound),
    );
    await refuses('Random.permutation', permutationArguments, { good: { length: 1 }, atLeast: 15 }, (a) =>
      random.permutation(a.length),
    );
  });
  it('examplesFingerprint', async () => {
    await refuses('examplesFingerprint', examplesFingerprintArguments, { good: { examples }, atLeast: 20 }, (a) =>
      examplesFingerprint(a.examples),
    );
    await refuses('examplesFingerprint', heldExamplesArguments, { good: { examples }, atLeast: 50 }, (a) =>
      examplesFingerprint(a.examples),
    );
    await expect(examplesFingerprint({ ...examples, labels: [0, 1, 2, 0, 1, NaN] })).rejects.toThrow(
      /^examplesFingerprint: examples.labels must be class numbers from 0, got NaN as label of example 5/,
    );
    const images = tf.fill([6, 4], NaN);
    await expect(examplesFingerprint({ ...examples, images })).rejects.toThrow(
      /^examplesFingerprint: examples.images must be finite, got NaN in example 0/,
    );
    images.dispose();
  });
});

describe('bad arguments of functions of adapters', () => {
  let steered: tf.LayersModel;
  let adapter: Adapter;
  beforeAll(async () => {
    steered = replaceActivations(model, { sharing: 'channel' }).model;
    adapter = await getAdapter(steered);
    await applyAdapter(steered, adapter);
  });
  afterAll(() => {
    removeAdapter(steered);
    steered.dispose();
  });

  it('getAdapter', () =>
    refuses('getAdapter', getAdapterArguments, { good: { model: steered, options: {} }, atLeast: 80 }, (a) =>
      getAdapter(a.model, a.options),
    ));
  it('interpolateAdapters', () =>
    refuses(
      'interpolateAdapters',
      interpolateAdaptersArguments,
      { good: { first: adapter, second: adapter, t: 0 }, atLeast: 300 },
      (a) => interpolateAdapters(a.first, a.second, a.t),
    ));
  it('saveAdapter', () =>
    refuses('saveAdapter', saveAdapterArguments, { good: { adapter }, atLeast: 150 }, (a) => saveAdapter(a.adapter)));
  it('loadAdapter', () =>
    refuses('loadAdapter', loadAdapterArguments, { good: { bytes: saveAdapter(adapter) }, atLeast: 20 }, (a) =>
      loadAdapter(a.bytes),
    ));
  it('applyAdapter', () =>
    refuses(
      'applyAdapter',
      applyAdapterArguments,
      { good: { model: steered, adapter, options: {} }, atLeast: 250 },
      (a) => applyAdapter(a.model, a.adapter, a.options),
    ));
  it('switchAdapter and removeAdapter', async () => {
    await refuses(
      'switchAdapter',
      namedAdapterArguments,
      { good: { model: steered, name: 'default' }, atLeast: 40 },
      (a) => switchAdapter(a.model, a.name),
    );
    await refuses(
      'removeAdapter',
      namedAdapterArguments,
      { good: { model: steered, name: 'default' }, atLeast: 40 },
      (a) => removeAdapter(a.model, a.name),
    );
    expect(listAdapters(steered)).toEqual({ names: ['default'], active: 'default' });
  });
  it('disableAdapters', () =>
    refuses(
      'disableAdapters',
      disableAdaptersArguments,
      { good: { model: steered, body: () => 1 }, atLeast: 40 },
      (a) => disableAdapters(a.model, a.body),
    ));
  it('summarizeAdapter and curvatureStatistics', async () => {
    await refuses('summarizeAdapter', summarizeAdapterArguments, { good: { adapter }, atLeast: 150 }, (a) =>
      summarizeAdapter(a.adapter),
    );
    await refuses('curvatureStatistics', curvatureStatisticsArguments, { good: { adapter }, atLeast: 150 }, (a) =>
      curvatureStatistics(a.adapter),
    );
    const tensors = new Map([...adapter.tensors].filter(([name]) => !name.endsWith('/coeff')));
    expect(() => curvatureStatistics({ ...adapter, tensors })).toThrow(
      /^curvatureStatistics: adapter must be an adapter with the beta and coeff of its sites, got /,
    );
  });
  it('toTorchStateDict and fromTorchStateDict', async () => {
    const dict = toTorchStateDict(adapter);
    await refuses(
      'toTorchStateDict',
      toTorchStateDictArguments,
      { good: { adapter, options: {} }, atLeast: 200 },
      (a) => toTorchStateDict(a.adapter, a.options),
    );
    await refuses(
      'fromTorchStateDict',
      fromTorchStateDictArguments,
      { good: { model: steered, dict, options: {} }, atLeast: 90 },
      (a) => fromTorchStateDict(a.model, a.dict, a.options),
    );
    expect(() => toTorchStateDict(adapter, { module: () => 5 as never })).toThrow(
      /^toTorchStateDict: module\(".+"\) must be a text that is not empty, got 5$/,
    );
  });
  it.each<[string, string, object, RegExp]>([
    [
      'no tensor',
      'fc.bias',
      { shape: [3], data: [1, 2, 3] },
      /^fromTorchStateDict: dict\["fc.bias"\]\.dtype must be a text that is not empty, got undefined$/,
    ],
    [
      'a list for an array',
      'fc.bias',
      { dtype: 'F32', shape: [3], data: [1, 2, 3] },
      /^fromTorchStateDict: dict\["fc.bias"\]\.data must be a typed array, got \[1, 2, 3\]$/,
    ],
    [
      'whole numbers',
      'fc.bias',
      { dtype: 'I32', shape: [3], data: Int32Array.of(1, 2, 3) },
      /^fromTorchStateDict: fc\.bias must hold floats: .*I32/,
    ],
    [
      'too few numbers',
      'fc.bias',
      { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2) },
      /^fromTorchStateDict: fc\.bias of shape \[3\] must hold 3 numbers, got 2$/,
    ],
    [
      'a flat kernel',
      'fc.weight',
      { dtype: 'F32', shape: [15], data: new Float32Array(15) },
      /^fromTorchStateDict: the state dict does not fit .*fc\.weight has shape \[15\]/,
    ],
    [
      'NaN',
      'fc.bias',
      { dtype: 'F32', shape: [3], data: new Float32Array(3).fill(NaN) },
      /^fromTorchStateDict: dict must be .* of finite numbers .*, got NaN in the tensor head\/bias/,
    ],
  ])('fromTorchStateDict of %s', async (_, name, entry, message) => {
    const dict = new Map([...toTorchStateDict(adapter, { module: (layer) => layer }), [name, entry as never]]);
    await expect(fromTorchStateDict(steered, dict)).rejects.toThrow(message);
  });
});

describe('bad arguments of functions of graphs', () => {
  let steered: SteerableGraphModel;
  const source = (): tf.io.ModelArtifacts => {
    const g = new GraphBuilder();
    g.node('Relu', 'act', [g.input('x', [null, 2])]);
    return g.artifacts();
  };
  beforeAll(async () => {
    steered = await replaceGraphActivations(source());
  });
  afterAll(() => steered.model.dispose());

  it('replaceGraphActivations', () =>
    refuses(
      'replaceGraphActivations',
      replaceGraphActivationsArguments,
      { good: { source: source(), options: {} }, atLeast: 150 },
      (a) => replaceGraphActivations(a.source, a.options),
    ));
  it('graphFeatures', () =>
    refuses('graphFeatures', graphFeaturesArguments, { good: { steered, options: {} }, atLeast: 80 }, (a) =>
      graphFeatures(a.steered, a.options),
    ));
  it('calibrateGraph', () =>
    refuses(
      'calibrateGraph',
      calibrateGraphArguments,
      { good: { steered, images: tf.ones([2, 2]), options: {} }, atLeast: 80 },
      (a) => calibrateGraph(a.steered, a.images, a.options),
    ));
  it('GraphFeatures', () => {
    const { id: graph } = steered.model as unknown as { id: number };
    const args = { graph, output: 'act', outputShape: [null, 2] };
    return refuses(
      'GraphFeatures',
      graphFeaturesLayerArguments,
      { good: { options: args, shared: { units: new Map(), normalizations: new Map() } }, atLeast: 100 },
      (a) => new GraphFeatures(a.options, a.shared),
    );
  });
  it('bake', async () => {
    await refuses(
      'bake',
      bakeArguments,
      { good: { steered, target: tf.io.withSaveHandler(() => Promise.reject(new Error('saved'))) }, atLeast: 40 },
      (a) => bake(a.steered, a.target),
    );
    await expect(bake(steered.model as never)).rejects.toThrow(
      new RegExp('^bake: steered must be what replaceGraphActivations returned, or a LayersModel, got a GraphModel; '),
    );
  });
});

it('the tables name every public function', () => {
  const functions = Object.entries({ ...layers, ...modelEntry, ...training, ...graph }).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  // The one is thrown, not made; the other takes nothing.
  expect(functions.filter((name) => !covered.has(name))).toEqual(['NonFiniteLossError', 'isRecording']);
});
