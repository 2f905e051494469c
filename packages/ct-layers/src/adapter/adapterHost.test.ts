import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { predict, tunedOn } from '../../test/tunedAdapters.js';
import { trainedBeside } from '../model/trainedBeside.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { applyAdapter, disableAdapters, listAdapters, removeAdapter, switchAdapter } from './adapterHost.js';

const tuned = tunedOn('cpu');
const steered = (): tf.LayersModel => replaceActivations(tuned.base, { sharing: 'channel' }).model;
const weights = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

it('replaces an adapter of the same name, and frees what it had', async () => {
  const model = steered();
  await applyAdapter(model, tuned.adapters['two']!);
  const { numTensors } = tf.memory();
  await applyAdapter(model, tuned.adapters['three']!);
  expect(listAdapters(model)).toEqual({ names: ['default'], active: 'default' });
  expect(predict(model, tuned.x)).toEqual(tuned.logitsOf['three']);
  await applyAdapter(model, tuned.adapters['two']!);
  expect(tf.memory().numTensors).toBe(numTensors);
  removeAdapter(model);
  model.dispose();
});

it('is as it was after each error: the active adapter stays, and nothing is kept', async () => {
  const model = steered();
  await applyAdapter(model, tuned.adapters['two']!, { name: 'a' });
  const [before, { numTensors }] = [weights(model), tf.memory()];
  const broken = { ...tuned.adapters['three']!, tensors: new Map([...tuned.adapters['three']!.tensors].slice(1)) };
  await expect(applyAdapter(model, broken, { name: 'b' })).rejects.toThrow('missing: relu/beta');
  expect(() => switchAdapter(model, 'b')).toThrow(
    'switchAdapter: "net" has no adapter "b"; it has a: applyAdapter puts one on',
  );
  expect(() => removeAdapter(model, 'b')).toThrow('removeAdapter: "net" has no adapter "b"');
  await expect(disableAdapters(model, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  expect(listAdapters(model)).toEqual({ names: ['a'], active: 'a' });
  expect(weights(model)).toEqual(before);
  expect(tf.memory().numTensors).toBe(numTensors);
  removeAdapter(model, 'a');
  model.dispose();
});

it('removing one that is not active changes nothing; with the last the model is what it was, bit for bit', async () => {
  const model = steered();
  const original = weights(model);
  await applyAdapter(model, tuned.adapters['two']!, { name: 'two' });
  await applyAdapter(model, tuned.adapters['three']!, { name: 'three' });
  const active = predict(model, tuned.x);
  removeAdapter(model, 'two');
  expect(predict(model, tuned.x)).toEqual(active);
  removeAdapter(model, 'three');
  expect(weights(model)).toEqual(original);
  expect(trainedBeside('test', model).size).toBe(0);
  expect(listAdapters(model)).toEqual({ names: [], active: undefined });
  model.dispose();
});

it('runs a body without adapters at once where there are none', async () => {
  const model = steered();
  expect(await disableAdapters(model, () => 7)).toBe(7);
  model.dispose();
});
