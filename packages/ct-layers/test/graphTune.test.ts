import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it, beforeAll } from 'vitest';
import { graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import {
  accuracy,
  applyAdapter,
  getAdapter,
  removeAdapter,
  replaceActivations,
  steer,
  steerByScore,
  tune,
} from '../src/index.js';
import { curvatureLayers } from '../src/model.js';
import { GraphBuilder } from './graphBuilder.js';

/** Two fused convolutions, a pooled feature vector of 5, a classifier that is not used. */
function network(): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused('_FusedConv2D', 'first', 'x', g.weight('w1', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b1', [4])]);
  g.fused('_FusedConv2D', 'second', 'first', g.weight('w2', [3, 3, 4, 5]), ['BiasAdd', 'Relu'], [g.weight('b2', [5])]);
  g.node('Mean', 'pooled', ['second', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.fused('_FusedMatMul', 'logits', 'pooled', g.weight('head', [5, 3]), ['BiasAdd'], [g.weight('headBias', [3])]);
  return g.artifacts();
}

function examples(count: number, seed: number): { images: tf.Tensor; labels: tf.Tensor1D } {
  const labels = tf.tensor1d(
    Array.from({ length: count }, (_, i) => i % 2),
    'int32',
  );
  return tf.tidy(() => ({
    images: tf.add(
      tf.randomNormal([count, 6, 6, 2], 0, 0.5, 'float32', seed),
      tf.reshape(tf.cast(labels, 'float32'), [count, 1, 1, 1]),
    ),
    labels: tf.keep(labels),
  }));
}

describe.each(['cpu', 'wasm'])('a GraphModel on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it(
    'is tuned: (beta, c) per channel learn, the graph stays as it was, and its adapter brings the logits ' +
      'back bit for bit',
    async () => {
      const [train, validation] = [examples(32, 1), examples(20, 2)];
      const steered = await replaceGraphActivations(network(), { sharing: 'channel' });
      const before = [...(steered.model.predict(train.images) as tf.Tensor).dataSync()];
      const features = graphFeatures(steered, { name: 'net' });
      const { numTensors } = tf.memory();
      const result = await tune(features, train, validation, { epochs: 8, batchSize: 8, learningRate: { head: 0.1 } });
      expect(result.parameters).toEqual({ withoutHead: 2 * (4 + 5), total: 18 + 5 * 2 + 2 });
      expect(result.sites.map(({ source, kind, channels }) => [source, kind, channels])).toEqual([
        ['first', 'relu6', 4],
        ['second', 'relu', 5],
      ]);
      expect(result.validationAccuracy).toBeGreaterThan(0.85);
      expect(await accuracy(result.classifier, validation)).toBe(result.validationAccuracy);
      const raw = curvatureLayers(result.classifier).get('first')!.getWeights()[0]!.dataSync();
      expect(new Set(raw).size).toBe(4);
      const expected = [...(result.classifier.predict(validation.images) as tf.Tensor).dataSync()];
      const adapter = await getAdapter(result.classifier);
      expect([...adapter.tensors.keys()]).toEqual([
        'first/beta',
        'first/coeff',
        'second/beta',
        'second/coeff',
        'head/kernel',
        'head/bias',
      ]);
      result.dispose();
      // The predictions are the test's own.
      expect(tf.memory().numTensors).toBe(numTensors + 1);
      expect([...(steered.model.predict(train.images) as tf.Tensor).dataSync()]).toEqual(before);

      // The same adapter on a fresh classifier of the same graph.
      const other = await tune(features, train, validation, { epochs: 1, seed: 9 });
      await applyAdapter(other.classifier, adapter);
      expect([...(other.classifier.predict(validation.images) as tf.Tensor).dataSync()]).toEqual(expected);
      removeAdapter(other.classifier);
      other.dispose();
    },
  );

  it('is steered by the probe and by a score, as a LayersModel of the same weights is', async () => {
    const [train, validation] = [examples(32, 1), examples(20, 2)];
    const features = graphFeatures(await replaceGraphActivations(network()));
    const { numTensors } = tf.memory();
    const { beta, sites, history, dispose } = await steer(features, train, validation, {
      betas: [0.7, 0.9],
      epochs: 3,
    });
    expect([0.7, 0.9, 1]).toContain(beta);
    expect([sites.length, history.length]).toEqual([2, 2]);
    dispose();
    const scored = await steerByScore(features, (_, b) => Promise.resolve(-Math.abs(b! - 0.9)), { betas: [0.7, 0.9] });
    expect(scored.beta).toBe(0.9);
    scored.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses units that do not fit the sharing', async () => {
    const features = graphFeatures(await replaceGraphActivations(network()));
    await expect(tune(features, examples(8, 1), examples(8, 2), { epochs: 1 })).rejects.toThrow(
      `sharing 'channel' does not fit "first", which has a single pair; make the model by ` +
        `replaceActivations(model, {sharing: 'channel'})`,
    );
    const { model } = replaceActivations(
      tf.sequential({
        layers: [tf.layers.dense({ units: 3, activation: 'relu', inputShape: [2] }), tf.layers.dense({ units: 2 })],
      }),
      { sharing: 'channel' },
    );
    await expect(
      tune(
        model,
        { images: tf.ones([2, 2]), labels: tf.zeros([2], 'int32') as tf.Tensor1D },
        { images: tf.ones([2, 2]), labels: tf.zeros([2], 'int32') as tf.Tensor1D },
        { sharing: 'model' },
      ),
    ).rejects.toThrow("sharing 'model' does not fit");
  });
});
