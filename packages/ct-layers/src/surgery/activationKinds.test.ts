import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { activationKinds } from './activationKinds.js';
import { replaceActivations } from './replaceActivations.js';

beforeAll(() => tf.setBackend('cpu'));

const network = (...activations: string[]): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2] }),
      ...activations.map((activation) => tf.layers.activation({ activation: activation as 'relu' })),
    ],
  });

it.each([
  [
    ['relu', 'swish', 'relu6', 'relu'],
    ['relu', 'relu6'],
  ],
  [
    ['swish', 'gelu', 'swish'],
    ['silu', 'gelu'],
  ],
  [['tanh'], []],
])('of a network of %j: %j', (activations, kinds) => {
  expect(activationKinds(network(...activations))).toEqual(kinds);
});

it('of a network with CT layers are those that they replaced', () => {
  const { model } = replaceActivations(network('relu', 'swish'), { kinds: ['relu', 'silu'] });
  expect(activationKinds(model)).toEqual(['relu', 'silu']);
});
