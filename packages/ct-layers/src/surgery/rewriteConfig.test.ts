import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryOf, wrappedEntry } from '../model/modelConfig.js';
import type { LayerEntry } from '../model/modelConfig.js';
import type { SiteSelection } from '../unit/activationSite.js';
import { Selector } from '../unit/activationSite.js';
import { chooseSites } from './chooseSites.js';
import { findActivations } from './findActivations.js';
import type { RewriteOptions } from './rewriteConfig.js';
import { rewriteConfig } from './rewriteConfig.js';

beforeAll(() => tf.setBackend('cpu'));

const defaults: RewriteOptions = {
  sharing: 'channel',
  calls: 'tied',
  beta: 0.7,
  coeff: 0.4,
  trainable: false,
  slope: false,
  affine: false,
  protocol: 'strict',
};

/** The entries in place of the layer of a name. */
function rewritten(
  model: tf.LayersModel,
  name: string,
  options: Partial<RewriteOptions> = {},
  selection: SiteSelection = {},
): LayerEntry[] {
  const all = { ...defaults, ...options };
  const selector = new Selector('replaceActivations', selection);
  const chosen = chooseSites(model, findActivations(model, selector.kinds, all), selector);
  const layer = model.getLayer(name);
  return rewriteConfig({ layer, entry: entryOf(layer), call: 0 }, chosen, all);
}

const model = (...layers: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers });

describe('rewriteConfig', () => {
  it('puts a unit in place of an activation layer, under its name, with what was asked for', () => {
    const net = model(tf.layers.reLU({ name: 'act', maxValue: 6, inputShape: [2, 2, 3] }));
    const [unit, ...more] = rewritten(net, 'act', { slope: true, affine: true, trainable: true });
    expect(more).toEqual([]);
    expect(unit).toMatchObject({
      className: 'CTActivation',
      config: {
        name: 'act',
        beta: 0.7,
        coeff: 0.4,
        trainable: true,
        maxValue: 6,
        trainableAlpha: true,
        affine: true,
        sharedAxes: [1, 2],
        batchInputShape: [null, 2, 2, 3],
      },
    });
  });

  it('splits a fused activation off, and one inside of a wrapper', () => {
    const fused = model(tf.layers.dense({ name: 'fc', units: 3, activation: 'relu', inputShape: [2] }));
    const entries = rewritten(fused, 'fc');
    expect(entries.map(({ className }) => className)).toEqual(['Dense', 'CTActivation']);
    expect(entries[0]!.config['activation']).toBe('linear');
    expect(entryOf(fused.getLayer('fc')).config['activation']).toBe('relu');
    const inner = tf.layers.dense({ units: 3, activation: 'relu' });
    const wrapped = rewritten(model(tf.layers.timeDistributed({ name: 'td', layer: inner, inputShape: [4, 2] })), 'td');
    expect(wrapped.map(({ className }) => className)).toEqual(['TimeDistributed', 'CTActivation']);
    expect(wrappedEntry(wrapped[0]!).config['activation']).toBe('linear');
  });

  it('shares along every axis but the channels, or along all', () => {
    const net = model(tf.layers.reLU({ name: 'act', inputShape: [2, 2, 3] }));
    expect(rewritten(net, 'act', { sharing: 'site' })[0]!.config['sharedAxes']).toEqual([1, 2, 3]);
    // The paper's protocol takes axis 1 for the channels of what a Dense layer makes at rank 4.
    const swin = model(tf.layers.dense({ name: 'fc', units: 3, activation: 'relu', inputShape: [2, 4, 5] }));
    expect(rewritten(swin, 'fc')[1]!.config['sharedAxes']).toEqual([1, 2]);
    expect(rewritten(swin, 'fc', { protocol: 'paper' })[1]!.config['sharedAxes']).toEqual([2, 3]);
    expect(rewritten(net, 'act', { protocol: 'paper' })[0]!.config['sharedAxes']).toEqual([1, 2]);
  });

  it('leaves what is not chosen as it is, and pads anew before a max-pool', () => {
    const net = model(
      tf.layers.reLU({ name: 'act', inputShape: [4, 4, 1] }),
      tf.layers.zeroPadding2d({ name: 'pad' }),
      tf.layers.maxPooling2d({ name: 'pool', poolSize: 3 }),
      tf.layers.reLU({ name: 'other' }),
    );
    expect(rewritten(net, 'pool')).toEqual([entryOf(net.getLayer('pool'))]);
    expect(rewritten(net, 'other', {}, { include: 'act' })).toEqual([entryOf(net.getLayer('other'))]);
    expect(rewritten(net, 'pad')[0]!.className).toBe('LowestPadding2D');
  });
});
