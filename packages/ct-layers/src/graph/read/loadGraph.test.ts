import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import type { GraphArtifacts } from './graphSource.js';
import { loadArtifacts } from './graphSource.js';
import { loadGraph } from './loadGraph.js';

beforeAll(() => tf.setBackend('cpu'));

async function artifactsOf(build: (g: GraphBuilder) => void): Promise<GraphArtifacts> {
  const g = new GraphBuilder();
  build(g);
  return loadArtifacts('test', g.artifacts());
}

describe('loadGraph', () => {
  it('makes a model that computes, and leaves the artifacts as they are', async () => {
    const artifacts = await artifactsOf((g) => g.node('Relu', 'y', [g.input('x', [null, 3])]));
    const written = JSON.stringify(artifacts.modelTopology);
    const model = loadGraph('test', artifacts);
    const x = tf.tensor2d([[-1, 0, 2]]);
    const y = model.predict(x) as tf.Tensor;
    expect([...y.dataSync()]).toEqual([0, 0, 2]);
    tf.dispose([x, y]);
    model.dispose();
    expect(JSON.stringify(artifacts.modelTopology)).toBe(written);
  });

  it('names the node and the attribute that tfjs cannot read, and leaves no tensor', async () => {
    const artifacts = await artifactsOf((g) => {
      const x = g.input('x', [null, 4, 4, 1]);
      const w = g.weight('w', [1, 1, 1, 1]);
      g.node('Conv2D', 'conv', [x, w], {
        strides: ints(1, 1, 1, 1),
        padding: text('SAME'),
        dilations: ints(1, 1, 1, 1),
      });
    });
    const node = artifacts.modelTopology.node.find(({ name }) => name === 'conv')!;
    const broken = { ...node, attr: { ...node.attr, strides: { list: { i: 7 as unknown as number[] } } } };
    const modelTopology = {
      ...artifacts.modelTopology,
      node: artifacts.modelTopology.node.map((one) => (one === node ? broken : one)),
    };
    const before = tf.memory().numTensors;
    expect(() => loadGraph('test', { ...artifacts, modelTopology })).toThrow(/"conv".*strides|strides.*"conv"/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
