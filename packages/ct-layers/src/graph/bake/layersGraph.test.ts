import { resnet14 } from '@curvature-tuning/models';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everyLayer, stirred } from '../../../test/everyLayer.js';
import { relativeDifference } from '../../../test/graphCases.js';
import { nsfwjsArtifacts } from '../../../test/nsfwjsModels.js';
import { replaceActivations, tune } from '../../index.js';
import { bake } from '../index.js';

const valuesOf = (model: { predict: (x: tf.Tensor) => unknown }, x: tf.Tensor): number[] =>
  tf.tidy(() => [model.predict(x)].flat().flatMap((y) => [...(y as tf.Tensor).dataSync()]));

describe.each(['cpu', 'wasm'])('a LayersModel on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  let before: number;
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  async function compared(model: tf.LayersModel, shape: number[], bound: number, tolerance = 0): Promise<string[]> {
    const artifacts = await bake(model, { tolerance });
    const baked = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
    const x = tf.randomNormal(shape, 0, 1, 'float32', 3);
    expect(relativeDifference(valuesOf(model, x), valuesOf(baked, x))).toBeLessThan(bound);
    [x, baked].forEach((thing) => thing.dispose());
    return (artifacts.modelTopology as { node: { op: string }[] }).node.map(({ op }) => op);
  }

  it('has its normalisation in its convolutions, and stock activations too', async () => {
    const model = stirred(resnet14({ inputShape: [16, 16, 1], seed: 1 }));
    const ops = await compared(model, [2, 16, 16, 1], 1e-5);
    const { model: steered } = replaceActivations(model, { beta: 0.9 });
    await compared(steered, [2, 16, 16, 1], 1e-5);
    await compared(steered, [2, 16, 16, 1], 0.05, 0.004);
    expect(new Set(ops)).toEqual(
      new Set(['Placeholder', 'Const', '_FusedConv2D', 'PadV2', 'AddV2', 'Relu', 'Mean', 'MatMul', 'BiasAdd']),
    );
    [steered, model].forEach((one) => one.dispose());
  });
});

it('a tuned classifier keeps its betas by the channel, and its head, and says what it gives', async () => {
  await tf.setBackend('cpu');
  const model = everyLayer();
  const images = tf.randomNormal([8, 12, 12, 3], 0, 1, 'float32', 1);
  const labels = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32');
  const data = { images, labels };
  const { classifier, dispose } = await tune(model, data, data, { epochs: 1, batchSize: 4 });
  const artifacts = await bake(classifier, { softmax: true });
  const baked = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const expected = tf.tidy(() => tf.softmax(classifier.predict(images) as tf.Tensor).dataSync());
  expect(relativeDifference([...expected], valuesOf(baked, images))).toBeLessThan(1e-5);
  expect(artifacts.userDefinedMetadata).toMatchObject({ classifierMeta: { output: 'probabilities' } });
  dispose();
  [baked, images, labels, model].forEach((thing) => thing.dispose());
});

it('nsfwjs MobileNetV2 of layers, steered, equals its graph to 1e-5', async () => {
  await tf.setBackend('wasm');
  const model = await tf.loadLayersModel(tf.io.fromMemory(await nsfwjsArtifacts('mobilenetV2', 224)));
  const { model: steered } = replaceActivations(model, { beta: 0.9 });
  const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
  const x = tf.randomUniform([1, 224, 224, 3], 0, 1, 'float32', 1);
  expect(relativeDifference(valuesOf(steered, x), valuesOf(baked, x))).toBeLessThan(1e-5);
  [x, baked, steered, model].forEach((thing) => thing.dispose());
});
