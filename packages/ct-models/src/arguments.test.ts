// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import '@tensorflow/tfjs-backend-cpu';
import { refusals } from '@curvature-tuning/checks/testing';
import { memory } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createModelArguments } from './createModel.js';
import { hashInput, hashInputArguments, hashWeights, hashWeightsArguments } from './hashWeights.js';
import * as models from './index.js';
import {
  AdaptiveAveragePooling2D,
  adaptiveAveragePooling2d,
  cifarResnet,
  createModel,
  dmPreActResnet,
  dmWideResnet,
  efficientnet,
  fetchWeights,
  HardSigmoid,
  hardSigmoid,
  loadPretrained,
  loadTorchWeights,
  mobilenetV2,
  mobilenetV3,
  PaddedMaxPooling2D,
  paddedMaxPooling2d,
  preActResnet,
  preprocess,
  preprocessingOf,
  resnet,
  resnet101,
  resnet14,
  resnet152,
  resnet18,
  resnet20,
  resnet34,
  resnet50,
  resnet8,
  Standardize,
  standardize,
  toTorchWeights,
  vgg,
  wideResnet,
} from './index.js';
import { cifarResnetArguments } from './families/cifarResnet.js';
import { dmPreActResnetArguments, dmWideResnetArguments } from './families/dmResnet.js';
import { efficientnetArguments } from './families/efficientnet.js';
import { mobilenetV2Arguments } from './families/mobilenetV2.js';
import { mobilenetV3Arguments } from './families/mobilenetV3.js';
import { preActResnetArguments } from './families/preActResnet.js';
import { vggArguments } from './families/vgg.js';
import { wideResnetArguments } from './families/wideResnet.js';
import { adaptiveAveragePooling2dArguments } from './layers/adaptiveAveragePooling2d.js';
import { hardSigmoidArguments } from './layers/hardSigmoid.js';
import { standardizeArguments } from './layers/standardize.js';
import { paddedMaxPooling2dArguments } from './layers/paddedMaxPooling2d.js';
import { convnextArguments } from './families/convnext.js';
import { swinArguments } from './families/swin.js';
import { preprocessArguments } from './preprocess/preprocess.js';
import { preprocessingOfArguments } from './preprocess/preprocessingOf.js';
import { lastAxisNormalizationArguments } from './layers/lastAxisNormalization.js';
import { layerScaleArguments } from './layers/layerScale.js';
import { patchMergingArguments } from './layers/patchMerging.js';
import { shiftedWindowAttentionArguments } from './layers/shiftedWindowAttention.js';
import { stochasticDepthArguments } from './layers/stochasticDepth.js';
import { fetchWeightsArguments, loadPretrainedArguments } from './pretrained.js';
import { architectureArguments, resnetArguments } from './families/resnet.js';
import { loadTorchWeightsArguments } from './weights/loadTorchWeights.js';
import { toTorchWeightsArguments } from './weights/toTorchWeights.js';

let model: LayersModel;
beforeAll(() => {
  model = resnet8({ inputShape: [8, 8, 1], initialWeights: 'zeros' });
});
afterAll(() => {
  model.dispose();
});

const { covered, refuses } = refusals(() => memory().numTensors);
const architecture = { name: 'mine', block: 'basic', blocks: [1], widths: [16], stem: 'small' } as const;

it('resnet', async () => {
  await refuses('resnet', architectureArguments, { good: { architecture }, atLeast: 100 }, (args) =>
    resnet(args.architecture),
  );
  expect(() => resnet({ ...architecture, widths: [16, 32] })).toThrow(
    'resnet: architecture must be an architecture with as many widths as blocks',
  );
});

it.each(Object.entries({ resnet8, resnet14, resnet18, resnet20, resnet34, resnet50, resnet101, resnet152 }))(
  '%s',
  (name, build) =>
    refuses(name, resnetArguments, { good: { options: {} }, atLeast: 90 }, ({ options }) => build(options)),
);

it('cifarResnet, wideResnet, preActResnet, dmWideResnet and dmPreActResnet', async () => {
  await refuses(
    'cifarResnet',
    cifarResnetArguments,
    { good: { name: 'rb_resnet18', options: {} }, atLeast: 80 },
    ({ name, options }) => cifarResnet(name, options),
  );
  const size = { depth: 10, width: 1 };
  await refuses('wideResnet', wideResnetArguments, { good: { size, options: {} }, atLeast: 80 }, (args) =>
    wideResnet(args.size, args.options),
  );
  await refuses(
    'preActResnet',
    preActResnetArguments,
    { good: { name: 'rb_preactresnet18', options: {} }, atLeast: 80 },
    ({ name, options }) => preActResnet(name, options),
  );
  await refuses('dmWideResnet', dmWideResnetArguments, { good: { size, options: {} }, atLeast: 80 }, (args) =>
    dmWideResnet(args.size, args.options),
  );
  await refuses('dmPreActResnet', dmPreActResnetArguments, { good: { depth: 18, options: {} }, atLeast: 80 }, (args) =>
    dmPreActResnet(args.depth, args.options),
  );
});

it('vgg, mobilenetV2, mobilenetV3 and efficientnet', async () => {
  await refuses('vgg', vggArguments, { good: { name: 'vgg11', options: {} }, atLeast: 80 }, ({ name, options }) =>
    vgg(name, options),
  );
  await refuses('mobilenetV2', mobilenetV2Arguments, { good: { options: {} }, atLeast: 80 }, ({ options }) =>
    mobilenetV2(options),
  );
  await refuses(
    'mobilenetV3',
    mobilenetV3Arguments,
    { good: { name: 'mobilenet_v3_small', options: {} }, atLeast: 80 },
    ({ name, options }) => mobilenetV3(name, options),
  );
  await refuses(
    'efficientnet',
    efficientnetArguments,
    { good: { name: 'efficientnet_b0', options: {} }, atLeast: 80 },
    ({ name, options }) => efficientnet(name, options),
  );
});

it('adaptiveAveragePooling2d and hardSigmoid', async () => {
  const pooling = { good: { args: { outputSize: 7 } }, atLeast: 20 };
  const name = 'adaptiveAveragePooling2d';
  await refuses(name, adaptiveAveragePooling2dArguments, pooling, ({ args }) => adaptiveAveragePooling2d(args));
  await refuses(name, adaptiveAveragePooling2dArguments, pooling, ({ args }) => new AdaptiveAveragePooling2D(args));
  const gate = { good: { args: { name: 'gate' } }, atLeast: 10 };
  await refuses('hardSigmoid', hardSigmoidArguments, gate, ({ args }) => hardSigmoid(args));
  await refuses('hardSigmoid', hardSigmoidArguments, gate, ({ args }) => new HardSigmoid(args));
});

it('standardize', async () => {
  const good = { args: { mean: [0.5], std: [0.25] } };
  await refuses('standardize', standardizeArguments, { good, atLeast: 40 }, ({ args }) => standardize(args));
  await refuses('standardize', standardizeArguments, { good, atLeast: 40 }, ({ args }) => new Standardize(args));
});

it('Swin transformers and ConvNeXts, in the names of their networks', async () => {
  const good = { options: {} };
  const { swinT, swinS, swinB, convnextTiny, convnextSmall, convnextBase, convnextLarge } = models;
  for (const [name, build] of Object.entries({ swin_t: swinT, swin_s: swinS, swin_b: swinB })) {
    await refuses(name, swinArguments, { good, atLeast: 90 }, ({ options }) => build(options));
    covered.add(build.name);
  }
  const convnexts = { tiny: convnextTiny, small: convnextSmall, base: convnextBase, large: convnextLarge };
  for (const [size, build] of Object.entries(convnexts)) {
    await refuses(`convnext_${size}`, convnextArguments, { good, atLeast: 90 }, ({ options }) => build(options));
    covered.add(build.name);
  }
});

it('layers of transformers', async () => {
  const { lastAxisNormalization, layerScale, patchMerging, shiftedWindowAttention, stochasticDepth } = models;
  await refuses('lastAxisNormalization', lastAxisNormalizationArguments, { good: { args: {} }, atLeast: 20 }, (given) =>
    lastAxisNormalization(given.args),
  );
  await refuses('layerScale', layerScaleArguments, { good: { args: {} }, atLeast: 20 }, ({ args }) => layerScale(args));
  await refuses('patchMerging', patchMergingArguments, { good: { args: {} }, atLeast: 10 }, ({ args }) =>
    patchMerging(args),
  );
  await refuses(
    'shiftedWindowAttention',
    shiftedWindowAttentionArguments,
    { good: { args: { heads: 1, windowSize: 7, shift: 3 } }, atLeast: 80 },
    ({ args }) => shiftedWindowAttention(args),
  );
  await refuses('stochasticDepth', stochasticDepthArguments, { good: { args: { rate: 0.5 } }, atLeast: 40 }, (given) =>
    stochasticDepth(given.args),
  );
  expect(() => shiftedWindowAttention({ heads: 1, windowSize: 2, shift: 2 })).toThrow(
    'shiftedWindowAttention: args must be windows with shift less than windowSize',
  );
});

it('createModel', async () => {
  await refuses(
    'createModel',
    createModelArguments,
    { good: { name: 'resnet8', options: {} }, atLeast: 20 },
    ({ name, options }) => createModel(name, options),
  );
  expect(() => createModel('resnet18', { classes: 0 })).toThrow('resnet18: classes must be');
});

it('loadPretrained', () =>
  refuses(
    'loadPretrained',
    loadPretrainedArguments,
    { good: { name: 'resnet14.mnist', options: {} }, atLeast: 50 },
    ({ name, options }) => loadPretrained(name, options),
  ));

it('loadTorchWeights and toTorchWeights', async () => {
  await refuses(
    'loadTorchWeights',
    loadTorchWeightsArguments,
    { good: { model, tensors: new Map(), options: {} }, atLeast: 50 },
    (args) => loadTorchWeights(args.model, args.tensors, args.options),
  );
  await refuses('toTorchWeights', toTorchWeightsArguments, { good: { model }, atLeast: 20 }, (args) =>
    toTorchWeights(args.model),
  );
});

it('paddedMaxPooling2d', async () => {
  await refuses(
    'paddedMaxPooling2d',
    paddedMaxPooling2dArguments,
    { good: { args: { poolSize: 3, strides: 2, padding: 1 } }, atLeast: 80 },
    ({ args }) => paddedMaxPooling2d(args),
  );
  await refuses(
    'paddedMaxPooling2d',
    paddedMaxPooling2dArguments,
    { good: { args: { poolSize: 3, strides: 2, padding: 1 } }, atLeast: 80 },
    ({ args }) => new PaddedMaxPooling2D(args),
  );
  expect(() => paddedMaxPooling2d({ poolSize: 2, strides: 1, padding: 2 })).toThrow(
    'paddedMaxPooling2d: args must be a window with padding less than poolSize',
  );
});

it('hashWeights and hashInput', async () => {
  await refuses(
    'hashWeights',
    hashWeightsArguments,
    { good: { model, options: { gain: 2, names: ['fc.weight'] } }, atLeast: 60 },
    (args) => hashWeights(args.model, args.options),
  );
  await refuses(
    'hashInput',
    hashInputArguments,
    { good: { shape: [1, 1, 2, 2] as [number, number, number, number] }, atLeast: 20 },
    ({ shape }) => hashInput(shape),
  );
});

it('fetchWeights', async () => {
  await refuses('fetchWeights', fetchWeightsArguments, { good: { name: 'x', options: {} }, atLeast: 120 }, (args) =>
    fetchWeights(args.name, args.options),
  );
});

it('preprocess', async () => {
  const image = { data: new Uint8ClampedArray(4), width: 1, height: 1 };
  await refuses('preprocess', preprocessArguments, { good: { image, target: 'resnet14.mnist' }, atLeast: 30 }, (args) =>
    preprocess(args.image, args.target),
  );
  await refuses('preprocessingOf', preprocessingOfArguments, { good: { name: 'x' }, atLeast: 15 }, ({ name }) =>
    preprocessingOf(name),
  );
});

it('the tables name every public function', () => {
  const functions = Object.entries(models).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  // The classes say the names of their functions; the others take nothing.
  expect(functions.filter((name) => !covered.has(name)).toSorted()).toEqual([
    'AdaptiveAveragePooling2D',
    'HardSigmoid',
    'LastAxisNormalization',
    'LayerScale',
    'PaddedMaxPooling2D',
    'PatchMerging',
    'ShiftedWindowAttention',
    'Standardize',
    'StochasticDepth',
    'listModels',
    'registerLayers',
  ]);
});
