import { replaceActivations } from '@curvature-tuning/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { OWN, ownActivations, ownValue } from './ownActivation.js';

beforeAll(() => tf.setBackend('cpu'));

const network = (...activations: string[]): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2] }),
      ...activations.map((activation) => tf.layers.activation({ activation: activation as 'relu' })),
    ],
  });

it.each([
  [['relu', 'swish'], { kinds: undefined, own: 'relu' }],
  [['swish', 'swish'], { kinds: ['silu'], own: 'silu' }],
  [['gelu'], { kinds: ['gelu'], own: 'gelu' }],
  [['tanh'], { kinds: undefined, own: 'relu' }],
] as const)('of a network of %j: %j', (activations, expected) => {
  expect(ownActivations(network(...activations))).toEqual(expected);
});

it('has the starts of the layers', () => {
  for (const [name, own] of [
    ['relu', 'relu'],
    ['swish', 'silu'],
    ['gelu', 'gelu'],
  ] as const) {
    const { model, sites } = replaceActivations(network(name), { kinds: ['relu', 'silu', 'gelu'] });
    expect(sites[0]!.start).toEqual(OWN[own].start);
    model.dispose();
  }
});

it('draws the activation itself', () => {
  expect(ownValue('relu', 2)).toBeCloseTo(2, 5);
  expect(ownValue('silu', 2)).toBeCloseTo(2 / (1 + Math.exp(-2)), 5);
  expect(Math.abs(ownValue('gelu', 1) - 0.841345)).toBeLessThan(0.0145);
});
