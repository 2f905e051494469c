import { mobilenetV3, resnet18 } from '@curvature-tuning/models';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { everyLayer, stirred } from '../../../test/everyLayer.js';
import { relativeDifference } from '../../../test/graphCases.js';
import { replaceActivations } from '../../index.js';
import { bake } from '../index.js';
import { LAYER_RULES } from './layerRules.js';

const L = tf.layers;

beforeAll(async () => void (await tf.setBackend('wasm')));

it('every layer that is known is in the network of these tests, or in those of ct-models', () => {
  const network = everyLayer();
  const models = [
    resnet18({ classes: 2, seed: 1 }),
    mobilenetV3('mobilenet_v3_small', { classes: 2, seed: 1 }),
    network,
  ];
  const leaves = models.flatMap(({ layers }) =>
    layers.flatMap((layer: tf.layers.Layer) => (layer instanceof tf.LayersModel ? layer.layers : layer)),
  );
  const classes = new Set(leaves.map((layer) => layer.getClassName()));
  const others = ['CTActivation', 'LowestPadding2D', 'StochasticDepth'];
  expect([...LAYER_RULES.keys()].filter((name) => !classes.has(name) && !others.includes(name))).toEqual([]);
  models.forEach((model) => model.dispose());
});

it.each<[string, () => tf.LayersModel, number, number]>([
  ['every layer', everyLayer, 12, 0.4],
  ['ResNet-18', () => stirred(resnet18({ classes: 2, seed: 1, inputShape: [32, 32, 3] })), 32, 0.5],
  [
    'MobileNetV3',
    () => stirred(mobilenetV3('mobilenet_v3_small', { classes: 2, seed: 1, inputShape: [32, 32, 3] })),
    32,
    0.5,
  ],
])('%s equals its graph to 5e-5, as it is and steered', async (_, build, side, coeff) => {
  const model = build();
  const before = tf.memory().numTensors;
  const { model: steered } = replaceActivations(model, { beta: 0.8, coeff });
  const x = tf.randomNormal([2, side, side, 3], 0, 1, 'float32', 3);
  for (const one of [model, steered]) {
    const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(one)));
    const [expected, got] = [one, baked].map((form) => tf.tidy(() => [...(form.predict(x) as tf.Tensor).dataSync()]));
    expect(relativeDifference(expected!, got!)).toBeLessThan(5e-5);
    baked.dispose();
  }
  [x, steered].forEach((thing) => thing.dispose());
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

it('what cannot be written is named, with the cure', async () => {
  await tf.setBackend('cpu');
  const model = (...rest: tf.layers.Layer[]): tf.LayersModel =>
    tf.sequential({ layers: [L.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 1 }), ...rest] });
  await expect(bake(model(L.upSampling2d({ name: 'up' })))).rejects.toThrow(
    'bake: the layer "up" (UpSampling2D of [open, 4, 4, 2]) cannot be written as nodes; Conv2D,',
  );
  await expect(bake(model(L.batchNormalization({ axis: 1, name: 'n' })))).rejects.toThrow(
    'bake: the layer "n" (BatchNormalization) normalises another axis than the last, for which no nodes are known;',
  );
  await expect(
    bake(model(L.flatten(), L.dense({ units: 2, activation: 'softmax' })), { softmax: true }),
  ).rejects.toThrow('bake: softmax needs a classifier whose output is logits of several classes, got probabilities');
});
