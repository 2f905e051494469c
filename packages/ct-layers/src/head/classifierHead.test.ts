import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyModel } from '../copy/rebuild.js';
import { Random } from '../examples/random.js';
import { metaOf } from '../model/classifier/meta.js';
import { attachHead, initialHead, setHead } from './classifierHead.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const network = (): tf.LayersModel =>
  tf.sequential({
    name: 'net',
    layers: [
      tf.layers.conv2d({ name: 'head', filters: 2, kernelSize: 2, inputShape: [3, 3, 1] }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ name: 'old', units: 5 }),
    ],
  });

describe('initialHead', () => {
  it('is uniform in ±1/√features, its bias too, and zero for one class', () => {
    const head = initialHead(100, 50, new Random(1));
    const values = [...head.dataSync()];
    expect(head.shape).toEqual([101, 50]);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
    // The variance of a uniform distribution: bound²/3, within five standard errors.
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    expect(Math.abs(variance / (0.01 / 3) - 1)).toBeLessThan(5 * Math.sqrt(0.8 / values.length));
    expect([...initialHead(3, 1, new Random(1)).dataSync()]).toEqual([0, 0, 0, 0]);
  });
});

describe('attachHead', () => {
  it('computes features·W + b, flattened, under names that are free, and frees what lies behind the features', () => {
    const before = tf.memory().numTensors;
    const given = network();
    given.setUserDefinedMetadata({ mine: 7 });
    const model = copyModel(given);
    const features = model.getLayer('head').output as tf.SymbolicTensor;
    const weights = tf.randomNormal<tf.Rank.R2>([9, 3], 0, 1, 'float32', 3);
    const meta = { classNames: ['a', 'b', 'c'] };
    const { classifier, head } = attachHead(model, { features, weights, suffix: 'probed', meta });
    expect([classifier.name, head.name]).toEqual(['net_probed', 'head_1']);
    const error = tf.tidy(() => {
      const x = tf.randomNormal([4, 3, 3, 1], 0, 1, 'float32', 2);
      const flat = tf.reshape(given.getLayer('head').apply(x) as tf.Tensor, [4, 8]) as tf.Tensor2D;
      const expected = tf.add(tf.matMul(flat, tf.slice(weights, [0, 0], [8, 3])), tf.slice(weights, [8, 0], [1, 3]));
      return tf.max(tf.abs(tf.sub(classifier.predict(x) as tf.Tensor, expected))).dataSync()[0]!;
    });
    expect(error).toBeLessThan(1e-5);
    expect(metaOf('test', classifier)).toMatchObject({ classNames: ['a', 'b', 'c'], output: 'logits' });
    expect(classifier.getUserDefinedMetadata()).toMatchObject({ mine: 7 });
    classifier.dispose();
    given.dispose();
    weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('setHead writes the matrix, its last row the bias, and keeps nothing', () => {
  const head = tf.layers.dense({ units: 2, inputShape: [3] });
  tf.sequential({ layers: [head] });
  const weights = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]);
  const before = tf.memory().numTensors;
  setHead(head, weights);
  expect(tf.memory().numTensors).toBe(before);
  expect(head.getWeights().map((t) => [...t.dataSync()])).toEqual([
    [1, 2, 3, 4, 5, 6],
    [7, 8],
  ]);
});
