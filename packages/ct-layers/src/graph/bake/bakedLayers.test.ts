import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { linearProbe, steer, tune } from '../../index.js';
import { bake, graphFeatures, replaceGraphActivations } from '../index.js';
import type { GraphDef } from '../read/graphDef.js';

/** Folded convolutions with ReLU6, a pooling, a MatMul and a softmax, as a converter leaves them. */
function network(outputs?: string[]): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused('_FusedConv2D', 'first', 'x', g.weight('w1', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b1', [4])]);
  g.fused('_FusedConv2D', 'second', 'first', g.weight('w2', [3, 3, 4, 5]), ['BiasAdd', 'Relu6'], [g.weight('b2', [5])]);
  g.node('Mean', 'pooled', ['second', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.fused('_FusedMatMul', 'logits', 'pooled', g.weight('old', [5, 7]), ['BiasAdd'], [g.weight('oldBias', [7])]);
  g.node('Softmax', 'out', ['logits']);
  return g.artifacts(outputs === undefined ? {} : { outputs });
}

const examples = (): { images: tf.Tensor; labels: tf.Tensor1D } => ({
  images: tf.randomNormal([12, 6, 6, 2], 0, 1, 'float32', 5),
  labels: tf.tensor1d(
    Array.from({ length: 12 }, (_, i) => i % 3),
    'int32',
  ),
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  let before: number;
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  /** The largest difference of what a model and its baked form, in stock tfjs, make of images. */
  async function difference(model: tf.LayersModel, baked: tf.io.ModelArtifacts, softmax = false): Promise<number> {
    const stock = await tf.loadGraphModel(tf.io.fromMemory(baked));
    const x = tf.randomNormal([4, 6, 6, 2], 0, 1, 'float32', 8);
    const value = tf.tidy(() => {
      const y = model.predict(x) as tf.Tensor;
      return tf.max(tf.abs(tf.sub(softmax ? tf.softmax(y) : y, stock.predict(x) as tf.Tensor))).dataSync()[0]!;
    });
    [x, stock].forEach((thing) => thing.dispose());
    return value;
  }

  it.each([
    ['linearProbe', { output: 'pooled' }],
    ['steer', { output: 'second', pooling: 'avg' }],
    ['tune', {}],
    ['tune', { output: 'first' }],
    ['tune', { output: 'second', pooling: 'max' }],
  ] as const)('what %s makes of %o equals its baked form to 1e-5, softmax or not', async (method, options) => {
    const steered = await replaceGraphActivations(network(['out']), { sharing: 'channel', beta: 0.8 });
    const features = graphFeatures(steered, options);
    const data = examples();
    const { classifier, dispose } = await {
      linearProbe: () => linearProbe(features, data, data, { epochs: 2 }),
      steer: () => steer(features, data, data, { betas: [0.7, 0.9], epochs: 2 }),
      tune: () => tune(features, data, data, { epochs: 2 }),
    }[method]();
    expect(await difference(classifier, await bake(classifier))).toBeLessThan(1e-5);
    const probabilities = await bake(classifier, { softmax: true });
    expect(await difference(classifier, probabilities, true)).toBeLessThan(1e-5);
    expect(probabilities.signature).toEqual({ outputs: { probabilities: { name: 'probabilities:0' } } });
    const names = (probabilities.modelTopology as GraphDef).node.map(({ name }) => name);
    expect(names).not.toContain('logits');
    expect(probabilities.weightSpecs!.map(({ name }) => name)).not.toContain('old');
    expect(names.includes('w2')).toBe(!('output' in options && options.output === 'first'));
    dispose();
    [features, steered.model].forEach((model) => model.dispose());
    tf.dispose(data);
  });
});

it('a model without a head is written up to its features', async () => {
  await tf.setBackend('cpu');
  const steered = await replaceGraphActivations(network(), { beta: 0.8 });
  const features = graphFeatures(steered);
  const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(features)));
  expect(stock.outputs.map(({ name }) => name)).toEqual(['pooled']);
  await expect(bake(features, { softmax: true })).rejects.toThrow('bake: softmax needs a classifier whose output is');
  [stock, features, steered.model].forEach((model) => model.dispose());
});

it('a target alone stands for the options, and what cannot be written is named', async () => {
  const steered = await replaceGraphActivations(network(), { beta: 0.8 });
  const features = graphFeatures(steered);
  let saved: tf.io.ModelArtifacts | undefined;
  const target = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  });
  expect(await bake(features, target)).toBe(saved);
  expect(await bake(features, { target })).toBe(saved);
  const model = (...layers: tf.layers.Layer[]): tf.LayersModel =>
    tf.model({
      inputs: features.inputs,
      outputs: layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, features.outputs[0]!),
    });
  await expect(bake(model(tf.layers.batchNormalization({ name: 'norm' })))).rejects.toThrow(
    'bake: the layer "norm" (BatchNormalization of [open, 5]) cannot be written as nodes; behind a graph Dense,',
  );
  await expect(bake(model(tf.layers.dense({ units: 2, activation: 'selu', name: 'd' })))).rejects.toThrow(
    'bake: the activation "selu" of the layer "d" cannot be written as a node: linear, softmax,',
  );
  await expect(bake(model(tf.layers.dense({ units: 2, activation: 'softmax' })), { softmax: true })).rejects.toThrow(
    'bake: softmax needs a classifier whose output is logits of several classes, got probabilities',
  );
});
