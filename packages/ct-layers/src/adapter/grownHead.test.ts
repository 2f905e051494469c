import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { GraphBuilder } from '../../test/graphBuilder.js';
import { graphFeatures, replaceGraphActivations } from '../graph/index.js';
import type { GraphFeaturesOptions } from '../graph/index.js';
import {
  applyAdapter,
  disableAdapters,
  getAdapter,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  switchAdapter,
  tune,
} from '../index.js';
import { copyModel } from '../model.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

/** Folded convolutions with ReLU6, a pooling, a MatMul and a softmax. */
function network(): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused('_FusedConv2D', 'first', 'x', g.weight('w1', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b1', [4])]);
  g.fused('_FusedConv2D', 'second', 'first', g.weight('w2', [3, 3, 4, 5]), ['BiasAdd', 'Relu6'], [g.weight('b2', [5])]);
  g.node('Mean', 'pooled', ['second', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.node('Softmax', 'out', [g.node('MatMul', 'logits', ['pooled', g.weight('old', [5, 7])])]);
  return g.artifacts();
}

const examples = (classes = 3): { images: tf.Tensor; labels: tf.Tensor1D } => ({
  images: tf.randomNormal([12, 6, 6, 2], 0, 1, 'float32', 5),
  labels: tf.tensor1d(
    Array.from({ length: 12 }, (_, i) => i % classes),
    'int32',
  ),
});
const outputs = (model: tf.LayersModel, x: tf.Tensor): number[] =>
  tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);

async function tuned(options: GraphFeaturesOptions, classes = 3): Promise<{ bytes: Uint8Array; logits: number[] }> {
  const steered = await replaceGraphActivations(network(), { sharing: 'channel' });
  const features = graphFeatures(steered, options);
  const data = examples(classes);
  const { classifier, dispose } = await tune(features, data, data, { epochs: 2, learningRate: { head: 0.1 } });
  const result = { bytes: saveAdapter(await getAdapter(classifier)), logits: outputs(classifier, data.images) };
  dispose();
  [features, steered.model].forEach((model) => model.dispose());
  tf.dispose(data);
  return result;
}

it.each([{}, { output: 'first', pooling: 'avg' }, { output: 'second' }] as const)(
  'an adapter with a head turns the features at %o into its classifier, bit for bit, and leaves them as they were',
  async (options) => {
    const [three, two] = [await tuned(options), await tuned(options, 2)];
    const { images, labels } = examples();
    const steered = await replaceGraphActivations(network(), { sharing: 'channel' });
    const model = graphFeatures(steered, options);
    const features = outputs(model, images);
    await applyAdapter(model, loadAdapter(three.bytes), { name: 'three' });
    expect(outputs(model, images)).toEqual(three.logits);
    expect(model.outputs[0]!.shape).toEqual([null, 3]);
    const again = await getAdapter(model);
    const loaded = loadAdapter(three.bytes);
    expect(again.config).toEqual({ ...loaded.config, base: { ...loaded.config.base, name: model.name } });
    expect(again.tensors).toEqual(loaded.tensors);
    const copy = copyModel(model);
    await applyAdapter(model, loadAdapter(two.bytes), { name: 'two' });
    expect(outputs(model, images)).toEqual(two.logits);
    await disableAdapters(model, () => expect(outputs(model, images)).toEqual(features));
    switchAdapter(model, 'three');
    expect(outputs(model, images)).toEqual(three.logits);
    removeAdapter(model, 'three');
    expect(outputs(model, images)).toEqual(features);
    removeAdapter(model, 'two');
    expect(model.layers.map((layer) => layer.getClassName())).not.toContain('Dense');
    expect(outputs(copy, images)).toEqual(three.logits);
    [copy, model, steered.model].forEach((thing) => thing.dispose());
    tf.dispose([images, labels]);
  },
);

it('a LayersModel without a head is given one too', async () => {
  const input = tf.input({ shape: [6, 6, 2] });
  const conv = tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(input) as tf.SymbolicTensor;
  const pool = tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' });
  const base = tf.model({ inputs: input, outputs: pool.apply(conv) as tf.SymbolicTensor });
  const data = examples();
  const { classifier, dispose } = await tune(base, data, data, { epochs: 1 });
  const [adapter, logits] = [await getAdapter(classifier), outputs(classifier, data.images)];
  const { model } = replaceActivations(base, { sharing: 'channel' });
  const features = outputs(model, data.images);
  await applyAdapter(model, adapter);
  expect(outputs(model, data.images)).toEqual(logits);
  removeAdapter(model);
  expect(outputs(model, data.images)).toEqual(features);
  dispose();
  [model, base].forEach((thing) => thing.dispose());
  tf.dispose(data);
});

it('says what does not fit, and how the model is made', async () => {
  const adapter = loadAdapter((await tuned({ output: 'first', pooling: 'avg' })).bytes);
  const steered = await replaceGraphActivations(network(), { sharing: 'channel' });
  const [model, map] = [graphFeatures(steered), graphFeatures(steered, { output: 'first' })];
  const cure =
    "make the model by graphFeatures(await replaceGraphActivations(source, {sharing: 'channel'}), {output: 'first', " +
    "pooling: 'avg'})";
  await expect(applyAdapter(model, adapter)).rejects.toThrow(
    `applyAdapter: the adapter was made for the features at "first" of a GraphModel, pooling 'avg', and ` +
      `"${model.name}" is the features at "pooled" of a GraphModel, pooling 'none'; ${cure}`,
  );
  await expect(applyAdapter(map, adapter)).rejects.toThrow(cure);
  const plain = tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [3], activation: 'relu' }), tf.layers.dense({ units: 2 })],
  });
  const { model: layersModel } = replaceActivations(plain);
  await expect(applyAdapter(layersModel, adapter)).rejects.toThrow(`"${layersModel.name}" is no GraphModel; ${cure}`);
  [map, model, steered.model].forEach((thing) => thing.dispose());
  [layersModel, plain].forEach((thing) => thing.dispose());
});
