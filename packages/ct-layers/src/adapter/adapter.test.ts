import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { resnet18 } from '@curvature-tuning/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { examples, network, predict as predictOn, tunedOn } from '../../test/tunedAdapters.js';
import {
  applyAdapter,
  disableAdapters,
  getAdapter,
  interpolateAdapters,
  listAdapters,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  summarizeAdapter,
  switchAdapter,
  tune,
} from '../index.js';
import { curvatureLayers } from '../model.js';

const numbers = (model: tf.LayersModel): number[][] => model.getWeights().map((w) => [...w.dataSync()]);

describe.each(['cpu', 'wasm'])('adapters on %s', (backend) => {
  const tuned = tunedOn(backend);
  let { base, x, adapters, logitsOf } = tuned;
  beforeAll(() => void ({ base, x, adapters, logitsOf } = tuned));
  const predict = (model: tf.LayersModel): number[] => predictOn(model, x);

  it('puts a tuned network back together, logits bit for bit, from its saved adapter and the base', async () => {
    for (const [name, adapter] of Object.entries(adapters)) {
      const { model } = replaceActivations(base, { sharing: 'channel' });
      await applyAdapter(model, loadAdapter(saveAdapter(adapter)));
      expect(predict(model)).toEqual(logitsOf[name]);
      removeAdapter(model);
      model.dispose();
    }
  });

  it('holds (beta, c), head and moving statistics, named by layer, and says so in its configuration', () => {
    const { config, tensors } = adapters['three']!;
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['relu/beta', [1, 1, 3]],
      ['relu/coeff', [1, 1, 3]],
      ['hidden_ctu/beta', [4]],
      ['hidden_ctu/coeff', [4]],
      ['bn/moving_mean', [3]],
      ['bn/moving_variance', [3]],
      ['head/kernel', [4, 3]],
      ['head/bias', [3]],
    ]);
    expect(config).toMatchObject({
      version: 1,
      base: { name: 'net' },
      sharing: 'channel',
      sites: { relu: { kind: 'relu', channels: 3 }, hidden_ctu: { kind: 'relu', channels: 4 } },
      head: { features: 4, classes: 3 },
      batchNorm: true,
    });
    expect(summarizeAdapter(adapters['three']!)).toEqual({
      curvature: 14,
      also: 0,
      head: 15,
      statistics: 6,
      trainable: { withoutHead: 14, total: 29 },
    });
  });

  it('switches between tasks with different numbers of classes, disables for a while, removes to the bit', async () => {
    const { model } = replaceActivations(base, { sharing: 'channel' });
    const [before, original] = [numbers(model), predict(model)];
    await applyAdapter(model, adapters['two']!, { name: 'two' });
    await applyAdapter(model, adapters['three']!, { name: 'three' });
    expect(listAdapters(model)).toEqual({ names: ['two', 'three'], active: 'three' });
    expect(predict(model)).toEqual(logitsOf['three']);
    expect(model.outputs[0]!.shape).toEqual([null, 3]);
    switchAdapter(model, 'two');
    expect(predict(model)).toEqual(logitsOf['two']);
    expect(await disableAdapters(model, () => predict(model))).toEqual(original);
    await expect(disableAdapters(model, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(predict(model)).toEqual(logitsOf['two']);
    removeAdapter(model, 'three');
    expect(predict(model)).toEqual(logitsOf['two']);
    removeAdapter(model, 'two');
    expect(predict(model)).toEqual(original);
    expect(numbers(model)).toEqual(before);
    expect(numbers(base).length).toBeGreaterThan(0);
    expect(listAdapters(model)).toEqual({ names: [], active: undefined });
    expect(() => switchAdapter(model, 'two')).toThrow(
      'switchAdapter: "net" has no adapter "two"; it has none: applyAdapter puts one on',
    );
    model.dispose();
  });

  it('leaks no tensor over 100 rounds of apply and remove', async () => {
    const { model } = replaceActivations(base, { sharing: 'channel' });
    await applyAdapter(model, adapters['two']!);
    removeAdapter(model);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let round = 0; round < 100; round++) {
      await applyAdapter(model, adapters[round % 2 ? 'two' : 'three']!);
      if (round % 3 === 0) await applyAdapter(model, adapters['two']!);
      removeAdapter(model);
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    model.dispose();
  });

  it('names missing, unexpected and mis-shaped entries, and refuses another base unless forced', async () => {
    const { model } = replaceActivations(base, { sharing: 'channel' });
    const before = numbers(model);
    const adapter = adapters['two']!;
    const changed = new Map(adapter.tensors);
    changed.delete('relu/beta');
    changed.set('elsewhere/beta', { shape: [1], data: new Float32Array(1) });
    changed.set('bn/moving_mean', { shape: [4], data: new Float32Array(4) });
    await expect(applyAdapter(model, { ...adapter, tensors: changed })).rejects.toThrow(
      'missing: relu/beta; unexpected: elsewhere/beta; mis-shaped: bn/moving_mean ([4], the model has [3])',
    );
    await expect(applyAdapter(replaceActivations(base).model, adapter)).rejects.toThrow(
      "make the model by replaceActivations(base, {sharing: 'channel'})",
    );
    await expect(applyAdapter(base, adapter)).rejects.toThrow('"net" has no CT layer');
    const other = replaceActivations(network(), { sharing: 'channel' }).model;
    await expect(applyAdapter(other, adapter)).rejects.toThrow(
      new RegExp(
        'was made for "net" \\([0-9a-f]{16}\\), and the weights of "net" \\([0-9a-f]{16}\\) differ ' +
          'from its; load the network it was made for, or pass {force: true}',
      ),
    );
    await applyAdapter(other, adapter, { force: true });
    expect(numbers(model)).toEqual(before);
    expect(() => loadAdapter(new Uint8Array(9))).toThrow('loadAdapter: expected a .safetensors file, but');
  });

  it('carries what was trained beside, and leaves statistics or the head out on request', async () => {
    const { classifier, dispose } = await tune(base, examples(12, 2), examples(12, 2), {
      epochs: 1,
      alsoTrain: ['norm', 'slope', 'affine'],
    });
    const adapter = await getAdapter(classifier);
    expect([...adapter.tensors.keys()].filter((name) => /alpha|scale|shift|bn\/(gamma|beta)/.test(name))).toEqual([
      'relu/alpha',
      'relu/scale',
      'relu/shift',
      'hidden_ctu/alpha',
      'hidden_ctu/scale',
      'hidden_ctu/shift',
      'bn/gamma',
      'bn/beta',
    ]);
    expect(summarizeAdapter(adapter)).toMatchObject({ curvature: 14, also: 7 * 3 + 6, head: 10, statistics: 6 });
    const y = predict(classifier);
    const bare = await getAdapter(classifier, { head: false, batchNorm: false });
    expect([...bare.tensors.keys()].some((name) => /head|moving/.test(name))).toBe(false);
    const { model } = replaceActivations(base, { sharing: 'channel', slope: true, affine: true });
    await applyAdapter(model, adapter);
    expect(predict(model)).toEqual(y);
    await expect(applyAdapter(replaceActivations(base, { sharing: 'channel' }).model, adapter)).rejects.toThrow(
      "{sharing: 'channel', slope: true, affine: true}",
    );
    dispose();
  });

  it('interpolates: the ends are the adapters themselves, the middle their mean to 1e-6', async () => {
    const one = adapters['two']!;
    const { classifier, dispose } = await tune(base, examples(12, 2), examples(12, 2), { epochs: 3, seed: 8 });
    const other = await getAdapter(classifier);
    dispose();
    expect(interpolateAdapters(one, other, 0).tensors).toEqual(one.tensors);
    expect(interpolateAdapters(one, other, 1).tensors).toEqual(other.tensors);
    const middle = interpolateAdapters(one, other, 0.5).tensors.get('relu/beta')!.data;
    middle.forEach((v, i) => {
      const mean = (one.tensors.get('relu/beta')!.data[i]! + other.tensors.get('relu/beta')!.data[i]!) / 2;
      expect(Math.abs(v - mean)).toBeLessThanOrEqual(1e-6 * Math.abs(mean));
    });
    expect(() => interpolateAdapters(one, adapters['three']!, 0.5)).toThrow(
      'head/kernel has shape [4, 2] in the first adapter, [4, 3] in the second',
    );
  });
});

it.each([{ sharing: 'block' }, { kinds: ['relu', 'silu'] }] as const)(
  'of a model that was made with %j can be saved and loaded',
  async (options) => {
    await tf.setBackend('cpu');
    const base = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], activation: 'relu' }),
        tf.layers.dense({ units: 2, activation: 'swish' as 'relu' }),
      ],
    });
    const { model } = replaceActivations(base, options);
    const adapter = await getAdapter(model);
    expect(loadAdapter(saveAdapter(adapter))).toEqual(adapter);
    model.dispose();
    base.dispose();
  },
);

it(
  'of a ResNet-18, 3,968 parameters, takes less than 20 kB without head and statistics and less than 60 ' +
    'kB with statistics',
  async () => {
    await tf.setBackend('cpu');
    const { model } = replaceActivations(resnet18({ initialWeights: 'zeros', inputShape: [64, 64, 3] }), {
      sharing: 'channel',
      beta: 0.8,
    });
    const bare = await getAdapter(model, { head: false, batchNorm: false });
    expect(summarizeAdapter(bare).trainable).toEqual({ withoutHead: 3968, total: 3968 });
    expect(saveAdapter(bare).length).toBeLessThan(20_000);
    const statistics = await getAdapter(model, { head: false });
    expect(saveAdapter(statistics).length).toBeLessThan(60_000);
    expect(curvatureLayers(model).size).toBe(9);
    model.dispose();
  },
);
