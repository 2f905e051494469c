import * as tf from '@tensorflow/tfjs';
import { resnet8 } from '@curvature-tuning/models';
import { beforeAll, expect, it } from 'vitest';
import { splitAtCurvature } from './splitAtCurvature.js';
import { replaceActivations } from './replaceActivations.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it.each([
  ['all sites', {}, ['input', 'conv1', 'bn1']],
  ['the last site', { depth: [-1] as const }, ['input', 'conv1', 'bn1', 'relu', 'layer1.0.conv1']],
  [
    'the second call of a layer',
    { calls: 'split' as const, include: 'layer3.0.relu_call2' },
    ['input', 'conv1', 'bn1', 'relu', 'layer1.0.conv1'],
  ],
])(
  'splits a ResNet so that prefix and suffix together equal it, bit for bit, and share its weights: %s',
  (_, options, first) => {
    const original = resnet8({ inputShape: [8, 8, 3], seed: 1 });
    const { model } = replaceActivations(original, { beta: 0.7, ...options });
    const before = tf.memory().numDataBuffers;
    const { prefix, suffix, dispose } = splitAtCurvature(model)!;
    expect(prefix.layers.map(({ name }) => name).slice(0, first.length)).toEqual(first);
    const x = tf.randomNormal([2, 8, 8, 3], 0, 1, 'float32', 3);
    const middle = prefix.predict(x);
    expect([...(suffix.predict(middle) as tf.Tensor).dataSync()]).toEqual([
      ...(model.predict(x) as tf.Tensor).dataSync(),
    ]);
    dispose();
    // Input, middle and two outputs are the test's; no weight was copied.
    expect(tf.memory().numDataBuffers - before).toBe(3 + [middle].flat().length);
  },
);

it('does not split where curvature acts on the input, or where there is none', () => {
  const first = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [3] }), tf.layers.dense({ units: 2 })] });
  const { model } = replaceActivations(first);
  expect(splitAtCurvature(tf.model({ inputs: model.inputs, outputs: model.outputs }))).toBeUndefined();
  expect(splitAtCurvature(resnet8({ inputShape: [8, 8, 3] }))).toBeUndefined();
});
