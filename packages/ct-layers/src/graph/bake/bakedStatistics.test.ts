import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { GraphBuilder, text } from '../../../test/graphBuilder.js';
import { HeldNormalization } from '../../unit/heldNormalization.js';
import type { GraphDef } from '../read/graphDef.js';
import { GraphIndex } from '../read/graphDef.js';
import type { GraphArtifacts } from '../read/graphSource.js';
import { GraphWeights } from '../read/graphWeights.js';
import { GraphConstants } from '../rewrite/graphConstants.js';
import { bakedStatistics } from './bakedStatistics.js';
import { FoldedWeights } from './foldAffine.js';

it('writes changed statistics in place where nothing else reads them, else as constants; leaves the rest', async () => {
  await tf.setBackend('cpu');
  const g = new GraphBuilder();
  g.input('x', [null, 2]);
  const common = ['scale', 'offset', 'shared'].map((name) => g.weight(name, [1], [1]));
  const norm = (name: string, x: string): string =>
    g.node('FusedBatchNorm', name, [x, ...common, g.weight(`${name}Variance`, [1], [4])], {
      data_format: text('NHWC'),
    });
  norm('second', norm('first', 'x'));
  const artifacts = g.artifacts() as GraphArtifacts;
  const index = new GraphIndex((artifacts.modelTopology as GraphDef).node);
  const weights = new GraphWeights('test', artifacts.weightSpecs, artifacts.weightData);
  const folded = new FoldedWeights(artifacts, weights, index, new Set());
  const constants = new GraphConstants(new Set(index.nodes.keys()));
  const [one, four, five] = [1, 4, 5].map((value) => tf.tensor1d([value])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const given = { shared: [one], firstVariance: [four], secondVariance: [four] };
  const held = [new HeldNormalization('first', one, five), new HeldNormalization('second', five, four)];
  const changed = await bakedStatistics(held, given, { index, weights: folded, constants });
  expect([...changed.keys()]).toEqual(['second']);
  expect(changed.get('second')!.input!.slice(3)).toEqual([constants.nodes[0]!.name, 'secondVariance', '^shared']);
  expect(new Float32Array(constants.data[0]!)[0]).toBe(5);
  const bytes = [folded.data()].flat().map((part) => new Float32Array(part)[0]);
  expect(Object.fromEntries(artifacts.weightSpecs.map(({ name }, i) => [name, bytes[i]]))).toMatchObject({
    shared: 1,
    firstVariance: 5,
    secondVariance: 4,
  });
});
