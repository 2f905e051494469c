import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { SiteSelection } from '../unit/activationSite.js';
import { Selector } from '../unit/activationSite.js';
import type { Chosen } from './chooseSites.js';
import { chooseSites } from './chooseSites.js';
import { findActivations } from './findActivations.js';

beforeAll(() => tf.setBackend('cpu'));

function choose(model: tf.LayersModel, selection: SiteSelection = {}, calls: 'tied' | 'split' = 'tied'): Chosen {
  const selector = new Selector('replaceActivations', selection);
  return chooseSites(model, findActivations(model, selector.kinds, { sharing: 'site', calls }), selector);
}

/** A fused ReLU that is called twice. */
function twice(): tf.LayersModel {
  const fused = tf.layers.dense({ name: 'fused', units: 3, activation: 'relu' });
  const x = tf.input({ shape: [3] });
  return tf.model({ name: 'net', inputs: x, outputs: fused.apply(fused.apply(x)) as tf.SymbolicTensor });
}

it('takes the sites that are selected, and their layers', () => {
  const { found, sites } = choose(twice());
  expect([...found.keys()].map(({ name }) => name)).toEqual(['fused']);
  expect(sites.size).toBe(1);
});

it('takes all calls of a fused activation or none', () => {
  expect(choose(twice(), {}, 'split').sites.size).toBe(2);
  expect(() => choose(twice(), { depth: [0, 1] }, 'split')).toThrow(
    'replaceActivations: 1 of the 2 calls of "fused" are selected, whose activation is part of the layer',
  );
});

it('refuses an activation inside of a layer that it cannot be taken out of, unless it is excluded', () => {
  const model = tf.sequential({
    name: 'net',
    layers: [
      tf.layers.simpleRNN({ name: 'rnn', units: 3, activation: 'relu', inputShape: [4, 2] }),
      tf.layers.reLU({ name: 'relu' }),
    ],
  });
  expect(() => choose(model)).toThrow(
    `replaceActivations: the relu inside "rnn" (SimpleRNN) cannot be replaced; pass exclude: 'rnn' to keep it`,
  );
  expect(choose(model, { exclude: 'rnn' }).sites.size).toBe(1);
});

it('pads with the lowest number before a max-pool that takes what a replaced ReLU gives', () => {
  const model = tf.sequential({
    layers: [
      tf.layers.reLU({ name: 'relu', inputShape: [4, 4, 1] }),
      tf.layers.zeroPadding2d({ name: 'pad' }),
      tf.layers.maxPooling2d({ poolSize: 3 }),
    ],
  });
  expect([...choose(model).pads].map(([layer, className]) => [layer.name, className])).toEqual([
    ['pad', 'LowestPadding2D'],
  ]);
});
