import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../model/modelConfig.js';
import type { CopyContext } from './copyLayer.js';
import { copyLayer, holdsTensor, refuse, shareWeights } from './copyLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const context: CopyContext = { caller: 'test', copyInner: (model) => model };
const copied = (layer: tf.layers.Layer, change: object = {}): tf.layers.Layer => {
  const own = entryOf(layer);
  return copyLayer(context, layer, own, { ...own, config: { ...own.config, ...change } });
};
/** A layer, built. */
const built = (layer: tf.layers.Layer): tf.layers.Layer => (tf.sequential({ layers: [layer] }), layer);

describe('copyLayer', () => {
  it('makes another layer of the same configuration, or of a changed one', () => {
    const layer = built(tf.layers.dense({ name: 'fc', units: 3, activation: 'relu', inputShape: [2] }));
    const copy = copied(layer);
    expect(copy).not.toBe(layer);
    expect(copy.getConfig()).toEqual(layer.getConfig());
    expect(copied(layer, { activation: 'linear' }).getConfig()).toMatchObject({ activation: 'linear', units: 3 });
  });

  it('carries what a configuration leaves out', () => {
    const layer = built(tf.layers.dense({ units: 3, inputShape: [2] }));
    const noted = layer as tf.layers.Layer & { note?: object };
    noted.note = { deep: [1, 2] };
    layer.trainable = false;
    const copy = copied(layer) as typeof noted;
    expect(copy.note).toEqual({ deep: [1, 2] });
    expect(copy.trainable).toBe(false);
  });

  it('refuses a method that was set on the layer itself', () => {
    const layer = built(tf.layers.dense({ name: 'fc', units: 3, inputShape: [2] }));
    layer.call = (x) => x;
    expect(() => copied(layer)).toThrow('test: the layer "fc" (Dense) cannot be copied: its method call was set on');
  });
});

describe('shareWeights', () => {
  it('lets a copy have the buffers of its original, and train what that trains', () => {
    const layer = built(tf.layers.batchNormalization({ inputShape: [2] }));
    layer.weights[0]!.trainable = false;
    const copy = built(copied(layer, { batchInputShape: [null, 2] }));
    shareWeights('test', layer, copy);
    expect(copy.weights.map(({ trainable }) => trainable)).toEqual(layer.weights.map(({ trainable }) => trainable));
    const before = tf.memory().numDataBuffers;
    const again = built(copied(layer, { batchInputShape: [null, 2] }));
    const made = tf.memory().numDataBuffers - before;
    shareWeights('test', layer, again);
    expect(tf.memory().numDataBuffers - before).toBe(made - 4);
  });

  it('refuses a layer whose weights have another shape', () => {
    const [two, three] = [2, 3].map((units) => built(tf.layers.dense({ name: 'fc', units, inputShape: [2] })));
    expect(() => shareWeights('test', two!, three!)).toThrow(
      'its weight kernel is [2, 2], [2, 3] in a layer made from',
    );
  });
});

it('refuse names the class whose getConfig is to be completed', () => {
  const layer = tf.layers.flatten({ name: 'flat' });
  expect(() => refuse('test', layer, 'why')).toThrow(
    'test: the layer "flat" (Flatten) cannot be copied: why; let the getConfig of Flatten return all',
  );
});

it('holdsTensor looks into lists', () => {
  const t = tf.scalar(1);
  expect([t, [1, [t]], [], 'x', null, { t }].map(holdsTensor)).toEqual([true, true, false, false, false, false]);
});
