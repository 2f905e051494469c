import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { activationBytes, evaluationBatch, EVALUATION_BYTES } from './evaluationBatch.js';
import { extractFeatures } from './features.js';
import { graphFeatures, replaceGraphActivations } from '../graph/index.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { GraphBuilder } from '../../test/graphBuilder.js';

beforeAll(() => tf.setBackend('cpu'));

const conv = (filters: number, options: object = {}): tf.layers.Layer =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...options });

it('counts what goes in and out of the largest layer, three times over, at 4 bytes a number', () => {
  const model = tf.sequential({
    layers: [
      conv(8, { inputShape: [10, 10, 3] }),
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ units: 2 }),
    ],
  });
  expect(activationBytes(model, [[7, 10, 10, 3]])).toBe(3 * 4 * (10 * 10 * 3 + 10 * 10 * 8));
  expect(evaluationBatch(model, [[7, 10, 10, 3]])).toBe(100);
});

it('goes into nested and shared models, and takes open sizes from the images', () => {
  const inner = tf.sequential({
    name: 'inner',
    layers: [conv(8, { inputShape: [null, null, 3], strides: 2 }), conv(3)],
  });
  const input = tf.input({ shape: [null, null, 3] });
  const twice = inner.apply(inner.apply(input)) as tf.SymbolicTensor;
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(twice) as tf.SymbolicTensor,
  });
  const bytes = (size: number): number =>
    3 * 4 * Math.max(size * size * 3 + (size / 2) ** 2 * 8, (size / 2) ** 2 * (8 + 3));
  for (const size of [8, 64, 512]) expect(activationBytes(model, [[1, size, size, 3]])).toBe(bytes(size));
  expect(evaluationBatch(model, [[1, 2048, 2048, 3]])).toBe(Math.floor(EVALUATION_BYTES / bytes(2048)));
  expect(evaluationBatch(model, [[1, 16384, 16384, 3]])).toBe(1);
});

it('counts the skip connections that meet in a layer, and several inputs and outputs', () => {
  const [a, b] = [tf.input({ shape: [4, 4, 2] }), tf.input({ shape: [4, 4, 6] })];
  const merged = tf.layers.concatenate().apply([a, b, conv(5).apply(b) as tf.SymbolicTensor]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: [a, b], outputs: [merged, conv(1).apply(merged) as tf.SymbolicTensor] });
  expect(
    activationBytes(model, [
      [9, 4, 4, 2],
      [9, 4, 4, 6],
    ]),
  ).toBe(3 * 4 * 16 * (13 + 13));
});

it('counts the composed form of ctu where there is no fused kernel', () => {
  const { model } = replaceActivations(tf.sequential({ layers: [tf.layers.reLU({ inputShape: [100] })] }));
  expect(activationBytes(model, [[1, 100]])).toBe(11 * 4 * 200);
});

it('gives the same features to 1e-6 whatever the batch, and leaks nothing', async () => {
  const model = tf.sequential({
    layers: [conv(4, { inputShape: [6, 6, 1], activation: 'relu' }), tf.layers.flatten()],
  });
  const x = tf.randomNormal([23, 6, 6, 1], 0, 1, 'float32', 3);
  const before = tf.memory().numTensors;
  const run = async (batch?: number): Promise<Float32Array> => {
    const features = await extractFeatures(model, x, { batchSize: batch });
    const values = (await features.data()) as Float32Array;
    features.dispose();
    return values;
  };
  const expected = await run();
  for (const batch of [1, 7, 23, 100])
    (await run(batch)).forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-6));
  expect(tf.memory().numTensors).toBe(before);
});

it('sizes the batch of a GraphModel by its largest node at the size of the images', async () => {
  const g = new GraphBuilder();
  g.input('x', [null, null, null, 2]);
  g.node('Relu', 'small', ['x']);
  g.fused('_FusedConv2D', 'large', 'small', g.weight('w', [3, 3, 2, 50]), ['BiasAdd'], [g.weight('b', [50])]);
  g.node('Mean', 'pooled', ['large', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.node('MatMul', 'logits', ['pooled', g.weight('head', [50, 3])]);
  const steered = await replaceGraphActivations(g.artifacts());
  const model = graphFeatures(steered);
  for (const size of [8, 64])
    // The composed form of ctu counts for a graph that has units at all, for the cpu backend of tests lacks the
    // kernel.
    expect(activationBytes(model, [[1, size, size, 2]])).toBe(11 * 4 * size * size * (2 + 50));
  const map = graphFeatures(steered, { output: 'small' });
  expect(activationBytes(map, [[1, 8, 8, 2]])).toBe(11 * 4 * 8 * 8 * 4);
  [model, map, steered.model].forEach((thing) => thing.dispose());
});

it('gives the same features of a GraphModel to 1e-6 whatever the batch', async () => {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused('_FusedConv2D', 'conv', 'x', g.weight('w', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b', [4])]);
  g.node('Mean', 'pooled', ['conv', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  const steered = await replaceGraphActivations(g.artifacts(), { beta: 0.7 });
  const model = graphFeatures(steered);
  const x = tf.randomNormal([23, 6, 6, 2], 0, 1, 'float32', 3);
  const run = async (batch?: number): Promise<number[]> => {
    const features = await extractFeatures(model, x, { batchSize: batch });
    const values = [...(await features.data())];
    features.dispose();
    return values;
  };
  const expected = await run();
  for (const batch of [1, 7, 23])
    (await run(batch)).forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-6));
  [x, model, steered.model].forEach((thing) => thing.dispose());
});
