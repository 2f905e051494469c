import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { DEFAULT_KINDS } from '../unit/activationKind.js';
import { findActivations } from './findActivations.js';

beforeAll(() => tf.setBackend('cpu'));

/** A ReLU that two convolutions share, a fused ReLU, a tanh; nested in a model of their own. */
function network(): tf.LayersModel {
  const inner = tf.input({ shape: [4, 4, 2] });
  const relu = tf.layers.reLU({ name: 'relu' });
  const conv = (name: string): tf.layers.Layer =>
    tf.layers.conv2d({ name, filters: 3, kernelSize: 1, activation: name === 'c3' ? 'relu' : 'linear' });
  const a = relu.apply(conv('c1').apply(inner));
  const b = relu.apply(conv('c2').apply(a));
  const block = tf.model({ name: 'block', inputs: inner, outputs: conv('c3').apply(b) as tf.SymbolicTensor });
  return tf.sequential({
    layers: [block, tf.layers.flatten(), tf.layers.dense({ name: 'fc', units: 2, activation: 'tanh' })],
  });
}
const kinds = new Set(DEFAULT_KINDS);

it('finds layers and fused activations by their paths, and names the layers that may take their place', () => {
  const { found } = findActivations(network(), kinds, { sharing: 'site', calls: 'tied' });
  expect(found.flatMap(({ sites }) => sites)).toMatchObject([
    { index: 0, source: 'block/relu', layer: 'block/relu', fused: false, calls: 2, channels: 3, kind: 'relu' },
    { index: 1, source: 'block/c3', layer: 'block/c3_ctu', fused: true, calls: 1, channels: 3, kind: 'relu' },
  ]);
});

it('has a site for each call where calls are split', () => {
  const { found } = findActivations(network(), kinds, { sharing: 'site', calls: 'split' });
  expect(found[0]!.names).toEqual(['relu_call1', 'relu_call2']);
  expect(found.flatMap(({ sites }) => sites.map(({ index, calls }) => [index, calls]))).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
});

it('ties the sites of one model, or leaves each a group of its own', () => {
  const groups = (sharing: 'model' | 'site'): Set<string> =>
    new Set(
      findActivations(network(), kinds, { sharing, calls: 'tied' }).found.flatMap(({ sites }) =>
        sites.map(({ group }) => group),
      ),
    );
  expect(groups('model').size).toBe(1);
  expect(groups('site').size).toBe(2);
});

it('lists what stays: other activations, and kinds that are not wanted', () => {
  const options = { sharing: 'site', calls: 'tied' } as const;
  expect(findActivations(network(), kinds, options).others.map(({ path }) => path)).toEqual(['fc']);
  const { found, others } = findActivations(network(), new Set(['gelu'] as const), options);
  expect(found).toEqual([]);
  expect(others.map(({ path }) => path)).toEqual(['block/relu', 'block/c3', 'fc']);
});

it('takes no name that a layer has', () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'a', units: 2, activation: 'relu', inputShape: [2] }),
      tf.layers.dense({ name: 'a_ctu', units: 2 }),
    ],
  });
  const { found } = findActivations(model, kinds, { sharing: 'site', calls: 'tied' });
  expect(found[0]!.names[0]).toMatch(/^a_ctu./);
});
