/**
 * The ES modules and the CommonJS build in one program: what one makes, the other takes.
 */
import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, ones, serialization, setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import * as es from '../src/index.js';
import * as esGraph from '../src/graph/index.js';
import { GraphBuilder } from './graphBuilder.js';

const require = createRequire(import.meta.url);
const cjs = require('../cjs/index.js') as typeof es;
const cjsGraph = require('../cjs/graph/index.js') as typeof esGraph;
const copies = [
  ['ES modules to CommonJS', es, cjs, esGraph, cjsGraph],
  ['CommonJS to ES modules', cjs, es, cjsGraph, esGraph],
] as const;

function network(): LayersModel {
  return sequential({
    layers: [layers.dense({ units: 3, activation: 'relu', inputShape: [2] }), layers.dense({ units: 2 })],
  });
}

beforeAll(() => setBackend('cpu'));

describe.each(copies)('%s', (_, one, other, oneGraph, otherGraph) => {
  it('are two copies, with one registry of layers', () => {
    expect(one.CTActivation).not.toBe(other.CTActivation);
    expect([one.CTActivation, other.CTActivation]).toContain(
      serialization.SerializationMap.getMap().classNameMap['CTActivation']![0],
    );
  });

  it('tells layers and errors of the other copy, and no others', () => {
    expect(one.ctActivation()).toBeInstanceOf(other.CTActivation);
    expect(layers.reLU()).not.toBeInstanceOf(other.CTActivation);
    expect(
      new one.NonFiniteLossError('tune', {
        split: 'train',
        epoch: 0,
        step: 0,
        loss: NaN,
        site: undefined,
        history: [],
      }),
    ).toBeInstanceOf(other.NonFiniteLossError);
    expect(new Error('no')).not.toBeInstanceOf(other.NonFiniteLossError);
    class Heir extends other.CTActivation {}
    expect(new Heir()).toBeInstanceOf(one.CTActivation);
    expect(one.ctActivation()).not.toBeInstanceOf(Heir);
  });

  it('adapters, sites and fingerprints of models go from one to the other, and nothing leaks', async () => {
    const base = network();
    const before = memory().numTensors;
    const { model } = one.replaceActivations(base, { beta: 0.7 });
    const adapter = await other.getAdapter(model);
    expect(adapter.tensors.size).toBeGreaterThan(0);
    await one.applyAdapter(model, adapter, { name: 'mine' });
    expect(other.listAdapters(model)).toEqual({ names: ['mine'], active: 'mine' });
    other.removeAdapter(model, 'mine');
    expect(one.listAdapters(model).names).toEqual([]);
    const again = other.replaceActivations(base, { beta: 0.7 }).model;
    const x = ones([1, 2]);
    const [y, z] = [model.predict(x) as Tensor, again.predict(x) as Tensor];
    expect(y.dataSync()).toEqual(z.dataSync());
    [x, y, z].forEach((t) => t.dispose());
    model.dispose();
    again.dispose();
    expect(memory().numTensors).toBe(before);
    base.dispose();
  });

  it('graphs of both run side by side, and one makes features of a graph of the other', async () => {
    const before = memory().numTensors;
    const steered = await oneGraph.replaceGraphActivations(graph(), { beta: 0.5 });
    const plain = await otherGraph.replaceGraphActivations(graph(), { beta: 1 });
    const features = otherGraph.graphFeatures(steered, { output: 'relu' });
    const x = ones([1, 2]);
    const [a, b, c] = [
      steered.model.execute(x, 'relu') as Tensor,
      plain.model.execute(x, 'relu') as Tensor,
      features.predict(x) as Tensor,
    ];
    expect(a.dataSync()).not.toEqual(b.dataSync());
    expect(c.dataSync()).toEqual(a.dataSync());
    expect(features.layers.at(-1)).toBeInstanceOf(oneGraph.GraphFeatures);
    [x, a, b, c].forEach((t) => t.dispose());
    features.dispose();
    steered.model.dispose();
    plain.model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

function graph(): ReturnType<GraphBuilder['artifacts']> {
  const g = new GraphBuilder();
  g.input('x', [null, 2]);
  g.node('Relu', 'relu', [g.node('MatMul', 'dense', ['x', g.weight('w', [2, 3])])]);
  return g.artifacts();
}
