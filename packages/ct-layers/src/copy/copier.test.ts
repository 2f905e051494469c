import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { difference } from '../../test/structures.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { callsByLayer, leafLayers } from '../model/modelConfig.js';
import { beginsWithModel, Copier } from './copier.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A ReLU layer that is called twice, between two Dense layers. */
function twice(): tf.LayersModel {
  const input = tf.input({ shape: [3] });
  const relu = tf.layers.reLU({ name: 'relu' });
  const a = relu.apply(tf.layers.dense({ name: 'a', units: 3 }).apply(input));
  const b = relu.apply(tf.layers.dense({ name: 'b', units: 2 }).apply(a));
  return tf.model({ inputs: input, outputs: b as tf.SymbolicTensor, name: 'twice' });
}

const named = (entry: LayerEntry, name: string): LayerEntry => ({ ...entry, config: { ...entry.config, name } });

it('copies layer for layer, sharing every weight, and disposes of the copy alone', async () => {
  const model = twice();
  const before = tf.memory().numTensors;
  const copier = new Copier('test');
  const copy = copier.copy(model);
  expect(await difference(model, copy)).toBe(0);
  expect(copy.name).toBe('twice');
  for (const { path, layer } of leafLayers(model)) {
    const twin = copier.standIns.get(layer)!;
    expect([twin.name, twin === layer]).toEqual([path, false]);
  }
  copy.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(await difference(model, twice())).toBeGreaterThan(0);
  model.dispose();
});

it('lets each call of a layer become layers of its own, and one layer stand for calls of one name', async () => {
  const model = twice();
  const change = (split: boolean) => (layer: tf.layers.Layer, entry: LayerEntry, call: number) =>
    layer.name === 'relu' ? [named(entry, split ? `relu_${call}` : 'one')] : [entry];
  const calls = callsByLayer(model);
  const split = new Copier('test', { calls, change: change(true) });
  const parted = split.copy(model);
  expect([...split.copies.get(model.getLayer('relu'))!.keys()]).toEqual(['relu_0', 'relu_1']);
  expect(split.standIns.get(model.getLayer('relu'))!.name).toBe('relu_0');
  const one = new Copier('test', { calls, change: change(false) }).copy(model);
  expect(one.getLayer('one').inboundNodes).toHaveLength(2);
  for (const copy of [parted, one]) {
    expect(await difference(model, copy)).toBe(0);
    copy.dispose();
  }
  model.dispose();
});

it('puts several layers in the place of one, called one after another', async () => {
  const model = twice();
  const change = (layer: tf.layers.Layer, entry: LayerEntry): LayerEntry[] =>
    layer.name === 'a' ? [entry, { className: 'ReLU', config: { name: 'extra' } } as LayerEntry] : [entry];
  const copier = new Copier('test', { calls: callsByLayer(model), change });
  const copy = copier.copy(model);
  // What stands for a layer is the last that it became; a second ReLU changes nothing.
  expect(copier.standIns.get(model.getLayer('a'))!.name).toBe('extra');
  expect(await difference(model, copy)).toBe(0);
  copy.dispose();
  model.dispose();
});

it('calls the model that a Sequential begins with where it is asked to', async () => {
  const body = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [3], activation: 'relu' })] });
  const model = tf.sequential({ layers: [body, tf.layers.dense({ units: 2 })] });
  expect(beginsWithModel(model)).toBe(true);
  const plain = new Copier('test').copy(model);
  const calling = new Copier('test', { callModels: true }).copy(model);
  expect([beginsWithModel(plain), beginsWithModel(calling)]).toEqual([true, false]);
  for (const copy of [plain, calling]) {
    expect(await difference(model, copy)).toBe(0);
    copy.dispose();
  }
});

it('refuses a model with a method call of its own, by name, and leaves no tensor', () => {
  const model = twice();
  model.call = (inputs) => inputs;
  const before = tf.memory().numTensors;
  expect(() => new Copier('test').copy(model)).toThrow(/test: .*"twice".*its method call is its own/);
  expect(tf.memory().numTensors).toBe(before);
});
