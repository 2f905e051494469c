import type { ClassifierMeta, DataSet, Pixels } from '@curvature-tuning/data';
import { dataSet, preprocess } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { bake, graphFeatures, replaceGraphActivations } from '../../graph/index.js';
import {
  applyAdapter,
  getAdapter,
  linearProbe,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  steer,
  tune,
} from '../../index.js';
import { metaOf } from './meta.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

const preprocessing = { inputSize: [6, 6, 2], range: [-1, 1] } as const;
const classNames = ['circle', 'stripe', 'triangle'];
const meta: ClassifierMeta = { classNames, preprocessing };

/** A network whose head has a softmax of its own. */
const network = (last?: tf.layers.Layer): tf.LayersModel => {
  const image = tf.input({ shape: [6, 6, 2] });
  const map = tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(image) as tf.SymbolicTensor;
  const vector = tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(map) as tf.SymbolicTensor;
  const scores = tf.layers.dense({ units: 5, activation: last ? 'linear' : 'softmax' }).apply(vector);
  return tf.model({ inputs: image, outputs: (last === undefined ? scores : last.apply(scores)) as tf.SymbolicTensor });
};
const examples = (): { images: tf.Tensor; labels: tf.Tensor1D } => ({
  images: tf.randomNormal([12, 6, 6, 2], 0, 1, 'float32', 5),
  labels: tf.tensor1d(
    Array.from({ length: 12 }, (_, i) => i % 3),
    'int32',
  ),
});
const set = (): DataSet =>
  dataSet({
    labels: Array.from({ length: 12 }, (_, i) => i % 3),
    classes: classNames,
    read: (index): Pixels => ({
      values: Uint8Array.from({ length: 72 }, (_, i) => (i * 7 + index * 31) % 256),
      shape: [6, 6, 2],
    }),
  }).map(preprocess(preprocessing));
const outputs = (model: tf.LayersModel, x: tf.Tensor): number[] =>
  tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);

describe.each([
  ['linearProbe', linearProbe],
  ['steer', (...[m, t, v, o]: Parameters<typeof linearProbe>) => steer(m, t, v, { ...o, betas: [0.8] })],
  ['tune', (...[m, t, v, o]: Parameters<typeof tune>) => tune(m, t, v, { epochs: 1, ...o })],
] as const)('%s', (caller, run) => {
  it('notes names, preprocessing and kind of output, told or of the data set', async () => {
    const [model, data] = [network(), examples()];
    const told = await run(model, data, data, { epochs: 1, meta });
    const found = await run(model, set(), set(), { epochs: 1 });
    for (const { classifier } of [told, found]) expect(metaOf('f', classifier)).toEqual({ ...meta, output: 'logits' });
    const unknown = await run(model, data, data, { epochs: 1 });
    expect(metaOf('f', unknown.classifier)).toEqual({ output: 'logits' });
    [told, found, unknown].forEach((result) => result.dispose());
    for (const [wrong, message] of [
      [{ classNames: ['a'] }, `${caller}: meta.classNames must name each of the 3 classes, got 1 names`],
      [{ preprocessing: { inputSize: [8, 8, 2] } }, `${caller}: meta.preprocessing makes images of [8, 8, 2]`],
    ] as const)
      await expect(run(model, data, data, { epochs: 1, meta: wrong as ClassifierMeta })).rejects.toThrow(message);
    model.dispose();
    tf.dispose(data);
  });
});

it.each([
  ['in its head', undefined],
  ['in a layer behind', (): tf.layers.Layer => tf.layers.activation({ activation: 'softmax' })],
])(
  'an adapter of logits gives the same logits on a base with a softmax %s, and probabilities once removed',
  async (_, last) => {
    const [base, data] = [network(last?.()), examples()];
    const { classifier, dispose } = await tune(base, data, data, { epochs: 1, meta });
    const adapter = loadAdapter(saveAdapter(await getAdapter(classifier)));
    expect(adapter.config.meta).toEqual({ ...meta, output: 'logits' });
    const { model } = replaceActivations(base, { sharing: 'channel' });
    const probabilities = outputs(model, data.images);
    await applyAdapter(model, adapter);
    outputs(classifier, data.images).forEach((v, i) => expect(outputs(model, data.images)[i]).toBeCloseTo(v, 6));
    expect(metaOf('f', model)).toEqual(meta);
    expect((await getAdapter(model)).config.meta).toEqual({ ...meta, output: 'logits' });
    removeAdapter(model);
    expect(outputs(model, data.images)).toEqual(probabilities);
    expect(metaOf('f', model)).toEqual({});
    dispose();
    [model, base].forEach((m) => m.dispose());
    tf.dispose(data);
  },
);

it('applying says what does not fit: size, pixels, kind of output', async () => {
  const [base, data] = [network(tf.layers.softmax()), examples()];
  const { classifier, dispose } = await tune(base, data, data, { epochs: 1, meta });
  const adapter = await getAdapter(classifier);
  const { model } = replaceActivations(base, { sharing: 'channel' });
  await expect(applyAdapter(model, adapter)).rejects.toThrow(
    /the adapter's classifier gives logits, and ".*" cannot: its last layer ".*" \(Softmax\) makes something else/,
  );
  const withMeta = (changed: ClassifierMeta): typeof adapter => ({
    ...adapter,
    config: { ...adapter.config, meta: { ...meta, ...changed } },
  });
  await expect(applyAdapter(model, withMeta({ preprocessing: { inputSize: [8, 8, 2] } }))).rejects.toThrow(
    "applyAdapter: the adapter's preprocessing makes images of [8, 8, 2] (height, width, channels), and the model " +
      'takes [6, 6, 2]',
  );
  model.setUserDefinedMetadata({ classifierMeta: { preprocessing: { inputSize: [6, 6, 2] } } });
  await expect(applyAdapter(model, withMeta({}))).rejects.toThrow('the adapter was trained on pixels of');
  await expect(applyAdapter(model, withMeta({ classNames: ['a'] }))).rejects.toThrow(
    'config.meta.classNames of 1 names',
  );
  expect(metaOf('f', model)).toEqual({ preprocessing: { inputSize: [6, 6, 2] } });
  dispose();
  [model, base].forEach((m) => m.dispose());
  tf.dispose(data);
});

it('a baked classifier carries what is known, its adapter likewise', async () => {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused('_FusedConv2D', 'first', 'x', g.weight('w1', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b1', [4])]);
  g.node('Mean', 'pooled', ['first', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.node('Softmax', 'out', [g.node('MatMul', 'logits', ['pooled', g.weight('old', [4, 7])])]);
  const steered = await replaceGraphActivations(g.artifacts(), { sharing: 'channel' });
  const [features, data] = [graphFeatures(steered), examples()];
  const { classifier, dispose } = await tune(features, data, data, { epochs: 1, meta });
  expect((await bake(classifier)).userDefinedMetadata).toEqual({ classifierMeta: { ...meta, output: 'logits' } });
  expect((await bake(classifier, { softmax: true })).userDefinedMetadata).toEqual({
    classifierMeta: { ...meta, output: 'probabilities' },
  });
  await applyAdapter(features, await getAdapter(classifier));
  expect(outputs(features, data.images)).toEqual(outputs(classifier, data.images));
  expect(metaOf('f', features)).toEqual(meta);
  removeAdapter(features);
  expect(metaOf('f', features)).toEqual({});
  dispose();
  [features, steered.model].forEach((m) => m.dispose());
  tf.dispose(data);
});
