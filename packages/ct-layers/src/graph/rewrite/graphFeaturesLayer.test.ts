import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { unitsOf } from '../../unit/unitHolder.js';
import type { SteerableGraphModel } from '../index.js';
import { graphFeatures, replaceGraphActivations } from '../index.js';
import { GraphFeatures } from './graphFeaturesLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** x·w, ReLU, ·v, ReLU: two units of 3 and of 2 channels, the second behind the first. */
async function steered(): Promise<SteerableGraphModel> {
  const g = new GraphBuilder();
  g.input('x', [null, 2]);
  g.node('Relu', 'first', [g.node('MatMul', 'one', ['x', g.weight('w', [2, 3])])]);
  g.node('Relu', 'second', [g.node('MatMul', 'two', ['first', g.weight('v', [3, 2])])]);
  return replaceGraphActivations(g.artifacts(), { sharing: 'channel', beta: 0.7 });
}

/** The layer of a model that `graphFeatures` made. */
const layerOf = (model: tf.LayersModel): GraphFeatures =>
  model.layers.find((layer): layer is GraphFeatures => layer instanceof GraphFeatures)!;

it('holds the units and the weights before its node, and no others', async () => {
  const graph = await steered();
  const [first, second] = [graphFeatures(graph, { output: 'first' }), graphFeatures(graph, { output: 'second' })];
  expect([...layerOf(first).activations.keys()]).toEqual(['first']);
  expect([...layerOf(second).activations.keys()]).toEqual(['first', 'second']);
  expect(unitsOf(layerOf(second))).toHaveLength(2);
  expect([...layerOf(first).frozenWeights.keys()]).toEqual(['w:0']);
  expect([...layerOf(second).frozenWeights.keys()].sort()).toEqual(['v:0', 'w:0']);
  expect(layerOf(first).outputNode).toBe('first');
  [first, second, graph.model].forEach((thing) => thing.dispose());
});

it('made of its configuration it computes the same, with units of its own', async () => {
  const graph = await steered();
  const model = graphFeatures(graph, { output: 'second', name: 'features' });
  const layer = layerOf(model);
  const copy = new GraphFeatures(layer.getConfig() as never);
  const x = tf.tensor2d([
    [1, -2],
    [0.5, 3],
  ]);
  const values = (of: GraphFeatures): number[] => tf.tidy(() => [...(of.apply(x) as tf.Tensor).dataSync()]);
  const before = values(layer);
  expect(values(copy)).toEqual(before);
  graph.setBeta(0.1);
  expect(values(layer)).not.toEqual(before);
  expect(values(copy)).toEqual(before);
  expect(copy.weights.map(({ shape }) => shape)).toEqual(layer.weights.map(({ shape }) => shape));
  copy.dispose();
  [model, graph.model].forEach((thing) => thing.dispose());
});

it('frees what is its own alone; the graph lives until the last that runs it is gone', async () => {
  const before = tf.memory().numTensors;
  const graph = await steered();
  const model = graphFeatures(graph, { output: 'first' });
  const config = layerOf(model).getConfig();
  graph.model.dispose();
  tf.tidy(() => void expect((model.predict(tf.ones([1, 2])) as tf.Tensor).shape).toEqual([1, 3]));
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(() => new GraphFeatures(config as never)).toThrow(
    /^GraphFeatures: graph \d+ of layer ".*" is not in this process, or was disposed of;/,
  );
});
