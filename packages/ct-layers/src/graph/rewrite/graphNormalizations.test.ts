import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import type { GraphDef } from '../read/graphDef.js';
import { GraphIndex } from '../read/graphDef.js';
import { GraphWeights } from '../read/graphWeights.js';
import { convolutionsOf, epsilonOf, heldNormalizations, normalizationNodes } from './graphNormalizations.js';

function network(): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.input('x', [null, 4, 4, 2]);
  const norm = (name: string, format: string, sizes: number, attr = {}): string =>
    g.node('FusedBatchNormV3', name, ['x', ...[1, 1, sizes, sizes].map((n, i) => g.weight(`${name}${i}`, [2 * n]))], {
      data_format: text(format),
      ...attr,
    });
  norm('last', 'NHWC', 1, { epsilon: { f: 0.25 } });
  norm('first', 'NCHW', 1);
  // What a graph has that was converted in training mode.
  norm('training', 'NHWC', 0);
  g.node('FusedBatchNorm', 'computed', ['x', 'last0', 'last1', g.node('Neg', 'negative', ['last2']), 'last3']);
  const convolution = { strides: ints(1, 1, 1, 1), padding: text('SAME'), data_format: text('NHWC') };
  g.node('Conv2D', 'plain', ['x', g.weight('w0', [1, 1, 2, 2])], convolution);
  g.node('Conv2D', 'behind', ['x', g.weight('w1', [1, 1, 2, 2])], convolution);
  g.node('AddV2', 'sum', ['behind', g.weight('b1', [2])]);
  g.node('AddV2', 'residual', ['plain', 'sum']);
  g.fused('_FusedConv2D', 'fused', 'x', g.weight('w2', [1, 1, 2, 2]), ['BiasAdd'], [g.weight('b2', [2])]);
  return g.artifacts();
}

it('takes nodes that normalise the last axis by constants of one number a channel, and counts biases', async () => {
  await tf.setBackend('cpu');
  const { modelTopology, weightSpecs, weightData } = network();
  const graph = modelTopology as GraphDef;
  const weights = new GraphWeights('test', weightSpecs!, weightData!);
  const nodes = normalizationNodes(graph, weights);
  expect(nodes.map(({ name }) => name)).toEqual(['last']);
  expect(epsilonOf(nodes[0]!)).toBe(0.25);
  expect(epsilonOf(graph.node.find(({ name }) => name === 'first')!)).toBe(0.001);
  const [mean, variance] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const held = heldNormalizations(nodes, { last2: [mean], last3: [variance] });
  expect([...held.get('last')!.movingVariance.read().dataSync()]).toEqual([3, 4]);
  const index = new GraphIndex(graph.node);
  expect(convolutionsOf(index, new Set(index.nodes.keys()))).toEqual({ all: 3, biased: 2 });
  expect(convolutionsOf(index, new Set(['x', 'plain']))).toEqual({ all: 1, biased: 0 });
});
