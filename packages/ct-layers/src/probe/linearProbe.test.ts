import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { accuracy } from '../evaluate/accuracy.js';
import { meanCrossEntropy } from '../evaluate/meanCrossEntropy.js';
import { linearProbe } from './linearProbe.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Two inputs and what a ReLU makes of them; a head of five classes. */
function network(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'body', units: 2, inputShape: [2], kernelInitializer: 'identity', activation: 'relu' }),
      tf.layers.dense({ name: 'old', units: 5 }),
    ],
  });
}

const examples = (count: number) => {
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  return { images: tf.tensor2d(labels.map((label, i) => [1 + label + (i % 7) / 20, (i % 5) / 5])), labels };
};

it('gives a classifier that validates as it says, copies the model, and leaks nothing', async () => {
  const [model, train, validation] = [network(), examples(20), examples(11)];
  const before = tf.memory().numTensors;
  const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
  for (const solver of ['lbfgs', 'adam'] as const) {
    const found = await linearProbe(model, train, validation, { solver, epochs: 3, learningRate: { head: 0.1 } });
    expect(await accuracy(found.classifier, validation)).toBe(found.validationAccuracy);
    expect(await meanCrossEntropy(found.classifier, validation)).toBeCloseTo(found.validationLoss, 5);
    expect(found.parameters).toEqual({ withoutHead: 0, total: 2 * 2 + 2 });
    expect(found.history.length).toBe(solver === 'adam' ? 3 : 1);
    expect(found.history).toContainEqual({
      validationAccuracy: found.validationAccuracy,
      validationLoss: found.validationLoss,
    });
    found.dispose();
  }
  expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
  expect(tf.memory().numTensors).toBe(before);
});

it('takes the features that are named, and fails without a leak where there are none of that name', async () => {
  const [model, train] = [network(), examples(12)];
  const before = tf.memory().numTensors;
  const named = await linearProbe(model, train, train, { features: 'old' });
  expect(named.parameters.total).toBe(5 * 2 + 2);
  named.dispose();
  await expect(linearProbe(model, train, train, { features: 'none' })).rejects.toThrow(
    'linearProbe: features: no layer "none"',
  );
  await expect(linearProbe(model, train, train, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    'enough',
  );
  expect(tf.memory().numTensors).toBe(before);
});

it('finds what tells apart whatever can be told apart by a line', async () => {
  const labels = Array.from({ length: 40 }, (_, i) => i % 2);
  const images = tf.tensor2d(labels.map((label, i) => [label === 1 ? 2 + (i % 3) : (i % 3) / 4, i % 4]));
  const found = await linearProbe(network(), { images, labels }, { images, labels }, { inverseRegularization: 1000 });
  expect(found.validationAccuracy).toBe(1);
  found.dispose();
});
