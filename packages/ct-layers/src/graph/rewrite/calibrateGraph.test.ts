import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { Progress } from '@curvature-tuning/checks';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { applyAdapter, calibrate, getAdapter, isCalibratable, replaceActivations } from '../../index.js';
import { steer, steerByScore, tune } from '../../index.js';
import { bake, calibrateGraph, graphFeatures, replaceGraphActivations } from '../index.js';
import type { GraphDef } from '../read/graphDef.js';

const numbers = (seed: number, shape: number[], mean = 0): Float32Array =>
  tf.tidy(() => tf.randomNormal(shape, mean, 0.5, 'float32', seed).dataSync<'float32'>().slice());

/** The weights of both forms of the network. */
const WEIGHTS: Record<string, { shape: number[]; mean?: number }> = {
  scale0: { shape: [2], mean: 1 },
  offset0: { shape: [2] },
  mean0: { shape: [2] },
  variance0: { shape: [2], mean: 3 },
  w1: { shape: [3, 3, 2, 4] },
  scale1: { shape: [4], mean: 1 },
  offset1: { shape: [4] },
  mean1: { shape: [4] },
  variance1: { shape: [4], mean: 3 },
  w2: { shape: [3, 3, 4, 5] },
  b2: { shape: [5] },
  head: { shape: [5, 3] },
};

const values = new Map<string, Float32Array>();

/** bn0 → conv1 → bn1 → relu → conv2 with a bias → relu → mean → head, as a converter leaves it, or with bn1 folded. */
function graph(quantised = false): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  const weight = (name: string): string =>
    g.weight(name, WEIGHTS[name]!.shape, values.get(name)!, 'float32', quantised && name === 'variance1');
  const norm = (i: number, x: string): string =>
    g.node(
      'FusedBatchNormV3',
      `bn${i}`,
      [x, ...['scale', 'offset', 'mean', 'variance'].map((what) => weight(`${what}${i}`))],
      { epsilon: { f: 0.002 }, data_format: text('NHWC'), is_training: { b: false } },
    );
  g.input('x', [null, 6, 6, 2]);
  g.node('Conv2D', 'conv1', [norm(0, 'x'), weight('w1')], {
    strides: ints(1, 1, 1, 1),
    padding: text('SAME'),
    data_format: text('NHWC'),
    dilations: ints(1, 1, 1, 1),
  });
  g.node('Relu', 'relu1', [norm(1, 'conv1')]);
  g.fused('_FusedConv2D', 'relu2', 'relu1', weight('w2'), ['BiasAdd', 'Relu'], [weight('b2')]);
  g.node('Mean', 'pooled', ['relu2', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.node('MatMul', 'logits', ['pooled', weight('head')]);
  return g.artifacts();
}

/** The same, layer by layer. */
function layered(): tf.LayersModel {
  const norm = (name: string): tf.layers.Layer => tf.layers.batchNormalization({ name, epsilon: 0.002 });
  const model = tf.sequential({
    layers: [
      tf.layers.batchNormalization({ name: 'bn0', epsilon: 0.002, inputShape: [6, 6, 2] }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
      norm('bn1'),
      tf.layers.reLU({ name: 'relu1' }),
      tf.layers.conv2d({ filters: 5, kernelSize: 3, padding: 'same' }),
      tf.layers.reLU({ name: 'relu2' }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3, useBias: false }),
    ],
  });
  tf.tidy(() =>
    model.layers.forEach((layer) => {
      const names: Record<string, string[]> = {
        bn0: ['scale0', 'offset0', 'mean0', 'variance0'],
        bn1: ['scale1', 'offset1', 'mean1', 'variance1'],
      };
      const at = model.layers.indexOf(layer);
      const own = names[layer.name] ?? { 1: ['w1'], 4: ['w2', 'b2'], 7: ['head'] }[at] ?? [];
      if (own.length > 0) layer.setWeights(own.map((name) => tf.tensor(values.get(name)!, WEIGHTS[name]!.shape)));
    }),
  );
  return model;
}

const images = (count: number): tf.Tensor4D => tf.randomNormal([count, 6, 6, 2], 2, 3, 'float32', 9);

function labelled(count: number, seed: number): { images: tf.Tensor; labels: number[] } {
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const given = tf.tidy(() =>
    tf.add(tf.randomNormal([count, 6, 6, 2], 2, 3, 'float32', seed), tf.reshape(tf.tensor1d(labels), [count, 1, 1, 1])),
  );
  return { images: given, labels };
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

describe.each(['cpu', 'wasm'])('calibration of a GraphModel on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
    Object.entries(WEIGHTS).forEach(([name, { shape, mean }], i) => values.set(name, numbers(i + 1, shape, mean)));
    values.forEach((own, name) => name.startsWith('variance') && own.forEach((v, i) => (own[i] = Math.abs(v) + 0.1)));
  });

  it('equals that of the same LayersModel in statistics and outputs to 1e-5, and baked in stock tfjs too', async () => {
    const [x, base] = [images(23), layered()];
    const { model: steeredLayers } = replaceActivations(base, { beta: 0.7 });
    const expected = await calibrate(steeredLayers, x, { batchSize: 5 });
    const wanted = expected.model.predict(x) as tf.Tensor;
    const steered = await replaceGraphActivations(graph(), { beta: 0.7 });
    const before = steered.model.predict(x) as tf.Tensor;
    expect(largestDifference(before, steeredLayers.predict(x) as tf.Tensor)).toBeLessThan(1e-5);
    const heard: Progress[] = [];
    const calibrated = await calibrateGraph(steered, x, { batchSize: 5, onProgress: (event) => heard.push(event) });
    expect(calibrated.layers).toEqual(['bn0', 'bn1']);
    expect(heard.at(-1)).toMatchObject({ phase: 'calibrate', done: 23, total: 23 });
    const got = calibrated.model.predict(x) as tf.Tensor;
    expect(largestDifference(got, wanted)).toBeLessThan(1e-5);
    expect(largestDifference(before, wanted)).toBeGreaterThan(0.1);
    // The given one stays as it is.
    expect(largestDifference(before, steered.model.predict(x) as tf.Tensor)).toBe(0);

    const features = graphFeatures(steered, { output: 'logits' });
    const of = await calibrate(features, x, { batchSize: 5 });
    expect(of.layers).toEqual(['bn0', 'bn1']);
    expect(largestDifference(of.model.predict(x) as tf.Tensor, wanted)).toBeLessThan(1e-5);
    const { tensors } = await getAdapter(of.model);
    for (const name of ['bn0', 'bn1'])
      (expected.model.getLayer(name).getWeights().slice(2) as tf.Tensor1D[]).forEach((statistic, i) => {
        const found = tensors.get(`${name}/moving_${['mean', 'variance'][i]}`)!.data;
        statistic.dataSync().forEach((v, c) => expect(Math.abs(found[c]! / v - 1)).toBeLessThan(1e-5));
      });

    for (const one of [calibrated, of.model]) {
      const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(one)));
      expect(largestDifference(stock.predict(x) as tf.Tensor, wanted)).toBeLessThan(1e-5);
      stock.dispose();
    }
  });

  it('stores means and variances of all images to 1e-5, whatever the batches, and leaves nothing behind', async () => {
    const x = images(23);
    const pixels = (await x.array()).flat(2);
    const before = tf.memory().numTensors;
    for (const batchSize of [1, 7, 64]) {
      const steered = await replaceGraphActivations(graph());
      const calibrated = await calibrateGraph(steered, x, { batchSize });
      const features = graphFeatures(calibrated, { output: 'relu2' });
      const { tensors } = await getAdapter(features);
      [0, 1].forEach((channel) => {
        const all = pixels.map((pixel) => pixel[channel]!);
        const average = all.reduce((a, b) => a + b, 0) / all.length;
        const variance = all.reduce((sum, v) => sum + (v - average) ** 2, 0) / all.length;
        expect(Math.abs(tensors.get('bn0/moving_mean')!.data[channel]! / average - 1)).toBeLessThan(1e-5);
        expect(Math.abs(tensors.get('bn0/moving_variance')!.data[channel]! / variance - 1)).toBeLessThan(1e-5);
      });
      for (const model of [features, steered.model, calibrated.model]) model.dispose();
    }
    const steered = await replaceGraphActivations(graph());
    await expect(calibrateGraph(steered, x, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
    await expect(calibrateGraph(steered, tf.ones([2, 5]))).rejects.toThrow(/^calibrateGraph: images: the model takes/);
    steered.model.dispose();
    // The images of the refusal.
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it('bakes quantised statistics as constants: stock tfjs agrees to 1e-5, and has the same one output', async () => {
    const [x, steered] = [images(16), await replaceGraphActivations(graph(true), { beta: 0.8 })];
    const untouched = await bake(steered);
    expect(untouched.weightSpecs!.find(({ name }) => name === 'variance1')!.quantization).toBeDefined();
    expect((untouched.modelTopology as GraphDef).node.find(({ name }) => name === 'bn1')!.input).toHaveLength(5);
    const calibrated = await calibrateGraph(steered, x);
    const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(calibrated)));
    expect(stock.outputNodes).toEqual(['logits']);
    expect(largestDifference(stock.predict(x) as tf.Tensor, calibrated.model.predict(x) as tf.Tensor)).toBeLessThan(
      1e-5,
    );
  });

  it('is the default of steer, as for the LayersModel: the same beta, accuracies, and losses to 1e-4', async () => {
    const [train, validation, unlabelled] = [labelled(40, 1), labelled(30, 2), images(30)];
    const options = { betas: [0.4, 0.7, 0.9], interpolate: false };
    const network = graphFeatures(await replaceGraphActivations(graph()));
    const [ofGraph, ofLayers] = [
      await steer(network, train, validation, options),
      await steer(layered(), train, validation, options),
    ];
    expect([ofGraph.kept, ofGraph.beta]).toEqual([ofLayers.kept, ofLayers.beta]);
    for (const [a, b] of [
      [ofGraph.given, ofLayers.given],
      [ofGraph.control, ofLayers.control],
      ...ofGraph.history.map((step, i) => [step, ofLayers.history[i]]),
    ]) {
      expect(a!.validationAccuracy).toBe(b!.validationAccuracy);
      expect(Math.abs(a!.validationLoss - b!.validationLoss)).toBeLessThan(1e-4);
    }
    expect(ofGraph.control!.validationLoss).not.toBe(ofGraph.given!.validationLoss);

    const score = (model: tf.LayersModel): Promise<number> =>
      Promise.resolve(tf.tidy(() => tf.mean(tf.square(model.predict(unlabelled) as tf.Tensor)).dataSync()[0]!));
    const scored = await steerByScore(network, score, { betas: [0.6, 0.8], calibrate: unlabelled });
    expect(scored.control).not.toBe(scored.given);
    expect(scored.score).toBe(await score(scored.model));
  });

  it('is the default of tune: losses as of the LayersModel to 1e-3; the adapter and bake carry it', async () => {
    const [train, validation] = [labelled(40, 1), labelled(30, 2)];
    const options = { epochs: 2, batchSize: 8, learningRate: { own: 0.1 } };
    const fresh = async (): Promise<tf.LayersModel> =>
      graphFeatures(await replaceGraphActivations(graph(), { sharing: 'channel' }));
    const ofGraph = await tune(await fresh(), train, validation, options);
    const ofLayers = await tune(layered(), train, validation, options);
    expect(ofGraph.starts.map(({ state }) => state)).toEqual(ofLayers.starts.map(({ state }) => state));
    ofGraph.history.forEach(({ loss, validationLoss }, i) => {
      expect(Math.abs(loss - ofLayers.history[i]!.loss)).toBeLessThan(1e-3);
      expect(Math.abs(validationLoss - ofLayers.history[i]!.validationLoss)).toBeLessThan(1e-3);
    });
    const adapter = await getAdapter(ofGraph.classifier);
    expect(adapter.config.batchNorm).toBe(true);
    const elsewhere = await fresh();
    await applyAdapter(elsewhere, adapter);
    const expected = ofGraph.classifier.predict(validation.images) as tf.Tensor;
    expect(largestDifference(elsewhere.predict(validation.images) as tf.Tensor, expected)).toBe(0);
    const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(ofGraph.classifier)));
    expect(largestDifference(stock.predict(validation.images) as tf.Tensor, expected)).toBeLessThan(1e-5);
  });

  it('says how many convolutions have a bias where a converter folded it away, and what to do', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 6, 6, 2]);
    g.fused('_FusedConv2D', 'first', 'x', g.weight('w', [3, 3, 2, 4]), ['BiasAdd', 'Relu'], [g.weight('b', [4])]);
    g.fused('_FusedConv2D', 'second', 'first', g.weight('v', [3, 3, 4, 4]), ['NoOp', 'Relu']);
    const folded = await replaceGraphActivations(g.artifacts());
    const features = graphFeatures(folded);
    expect([isCalibratable(features), isCalibratable(graphFeatures(await replaceGraphActivations(graph())))]).toEqual([
      false,
      true,
    ]);
    const what =
      'has no node of batch normalisation whose statistics could be estimated: 1 of its 2 convolutions have a bias';
    await expect(calibrateGraph(folded, images(4))).rejects.toThrow(`calibrateGraph: the graph ${what}`);
    await expect(calibrate(features, images(4))).rejects.toThrow(what);
    await expect(steerByScore(features, () => Promise.resolve(1), { calibrate: images(4) })).rejects.toThrow(what);
  });
});
