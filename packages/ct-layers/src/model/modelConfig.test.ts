import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import {
  callsByLayer,
  callsTo,
  entryOf,
  innerModel,
  leafLayers,
  modelsIn,
  withConfig,
  withWrapped,
  wrappedEntry,
} from './modelConfig.js';

beforeAll(() => tf.setBackend('cpu'));

const dense = (name: string): tf.layers.Layer => tf.layers.dense({ name, units: 2 });

/** outer: fc1, inner (twice), fc2. inner: a, b. */
function nested(): { outer: tf.LayersModel; inner: tf.LayersModel } {
  const x = tf.input({ shape: [2] });
  const inner = tf.model({
    name: 'inner',
    inputs: x,
    outputs: dense('b').apply(dense('a').apply(x)) as tf.SymbolicTensor,
  });
  const y = tf.input({ shape: [2] });
  const twice = inner.apply(inner.apply(dense('fc1').apply(y)));
  return {
    outer: tf.model({ name: 'outer', inputs: y, outputs: dense('fc2').apply(twice) as tf.SymbolicTensor }),
    inner,
  };
}

it('lists the layers at any depth once, by their paths', () => {
  const paths = leafLayers(nested().outer).map(({ path }) => path);
  expect(paths.filter((path) => !/input/.test(path))).toEqual(['fc1', 'inner/a', 'inner/b', 'fc2']);
  expect(new Set(paths).size).toBe(paths.length);
});

it('lists models, the outer before the inner', () => {
  const { outer, inner } = nested();
  expect(modelsIn(outer)).toEqual([outer, inner]);
});

it('tells a model inside a wrapper', () => {
  const { inner } = nested();
  expect(innerModel(inner)).toBe(inner);
  expect(innerModel(tf.layers.timeDistributed({ layer: inner }))).toBe(inner);
  expect(innerModel(dense('c'))).toBeUndefined();
});

it('counts the calls of each layer, in the order in which they were made', () => {
  const { outer, inner } = nested();
  const calls = callsByLayer(outer);
  expect(calls.get(inner)).toHaveLength(2);
  expect(calls.get(outer.getLayer('fc2'))).toHaveLength(1);
  const ids = callsTo(outer.outputs).map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
});

it('stops at tensors that are known', () => {
  const { outer } = nested();
  const from = outer.getLayer('fc1').getOutputAt(0) as tf.SymbolicTensor;
  const layers = callsTo(outer.outputs, new Map([[from, true]])).map(({ outboundLayer }) => outboundLayer.name);
  expect(layers).not.toContain('fc1');
});

it('entries are copies: a change leaves the layer and the entry alone', () => {
  const layer = dense('c');
  const entry = entryOf(layer);
  expect(entry).toMatchObject({ className: 'Dense', config: { name: 'c', units: 2 } });
  expect(withConfig(entry, { units: 5 }).config['units']).toBe(5);
  expect(entry.config['units']).toBe(2);
  const wrapper = entryOf(tf.layers.timeDistributed({ name: 't', layer }));
  expect(wrappedEntry(wrapper).config.name).toBe('c');
  const other = withWrapped(wrapper, withConfig(wrappedEntry(wrapper), { units: 7 }));
  expect(wrappedEntry(other).config['units']).toBe(7);
  expect(wrappedEntry(wrapper).config['units']).toBe(2);
});
