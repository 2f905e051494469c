import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { GraphIndex } from '../read/graphDef.js';
import { loadArtifacts } from '../read/graphSource.js';
import { GraphWeights } from '../read/graphWeights.js';
import { loadGraph } from '../read/loadGraph.js';
import { FoldedWeights } from './foldAffine.js';

beforeAll(() => tf.setBackend('cpu'));

const conv = {
  strides: ints(1, 1, 1, 1),
  padding: text('SAME'),
  data_format: text('NHWC'),
  dilations: ints(1, 1, 1, 1),
};
const SCALE = [2, -0.5, 3];
const SHIFT = [1, 0, -4];

/** What the graph gives at `y` for random x, before and after folding into what comes before the node `act`. */
async function folded(
  build: (g: GraphBuilder) => void,
  { outputs = [], scale = SCALE, shift = SHIFT }: { outputs?: string[]; scale?: number[]; shift?: number[] } = {},
): Promise<{ isFolded: boolean; before: Float32Array; after: Float32Array }> {
  const g = new GraphBuilder();
  build(g);
  const artifacts = await loadArtifacts('test', g.artifacts());
  const index = new GraphIndex(artifacts.modelTopology.node);
  const weights = new GraphWeights('test', artifacts.weightSpecs, artifacts.weightData);
  const folding = new FoldedWeights(artifacts, weights, index, new Set(outputs));
  const isFolded = folding.fold(index.nodes.get('act')!, scale, shift);
  const [before, after] = [artifacts.weightData, folding.data()].map((weightData) => {
    const model = loadGraph('test', { ...artifacts, weightData });
    const shape = model.inputs[0]!.shape!.map((size) => Math.max(size, 2));
    const values = tf.tidy(() =>
      (model.execute({ x: tf.randomNormal(shape, 0, 1, 'float32', 5) }, 'y') as tf.Tensor).dataSync<'float32'>(),
    );
    model.dispose();
    return values;
  });
  return { isFolded, before: before!, after: after! };
}

/** Foldable: what makes x is y, and act is the identity on it. */
const cases: Record<string, (g: GraphBuilder) => void> = {
  'a convolution and its bias': (g) => {
    const c = g.node('Conv2D', 'c', [g.input('x', [null, 4, 4, 2]), g.weight('w', [3, 3, 2, 3])], conv);
    g.node('Relu', 'act', [g.node('BiasAdd', 'y', [c, g.weight('b', [3])])]);
  },
  'a MatMul and its bias': (g) => {
    const m = g.node('MatMul', 'm', [g.input('x', [null, 4]), g.weight('w', [4, 3])]);
    g.node('Relu', 'act', [g.node('BiasAdd', 'y', [m, g.weight('b', [3])])]);
  },
  'a transposed MatMul': (g) => {
    const m = g.node('MatMul', 'm', [g.input('x', [null, 4]), g.weight('w', [3, 4])], { transpose_b: { b: true } });
    g.node('Relu', 'act', [g.node('BiasAdd', 'y', [m, g.weight('b', [3])])]);
  },
  'a fused MatMul': (g) => {
    const m = g.fused(
      '_FusedMatMul',
      'y',
      g.input('x', [null, 4]),
      g.weight('w', [4, 3]),
      ['BiasAdd'],
      [g.weight('b', [3])],
    );
    g.node('Relu', 'act', [m]);
  },
  'a batch norm': (g) => {
    const statistics = ['scale', 'offset', 'mean'].map((name) => g.weight(name, [3]));
    const variance = g.weight('variance', [3], [1, 2, 3]);
    const x = g.input('x', [null, 4, 4, 3]);
    g.node('FusedBatchNormV3', 'y', [x, ...statistics, variance], { epsilon: { f: 1e-3 }, is_training: { b: false } });
    g.node('Relu', 'act', ['y']);
  },
};

describe('FoldedWeights', () => {
  it.each(Object.entries(cases))('%s: y becomes scale·y + shift to 1e-5', async (_, build) => {
    const { isFolded, before, after } = await folded(build);
    expect(isFolded).toBe(true);
    after.forEach((value, i) => {
      const expected = SCALE[i % 3]! * before[i]! + SHIFT[i % 3]!;
      expect(Math.abs(value - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
    });
  });

  it('takes one scale and shift for all channels, too', async () => {
    const { isFolded, before, after } = await folded(cases['a MatMul and its bias']!, { scale: [2], shift: [1] });
    expect(isFolded).toBe(true);
    after.forEach((value, i) => expect(Math.abs(value - 2 * before[i]! - 1)).toBeLessThan(1e-5));
  });

  it.each<[string, (g: GraphBuilder) => void, string[]]>([
    ['whose values callers see', cases['a MatMul and its bias']!, ['y']],
    [
      'whose values others read',
      (g) => {
        cases['a MatMul and its bias']!(g);
        g.node('Neg', 'other', ['y']);
      },
      [],
    ],
    [
      'whose weights others read',
      (g) => {
        cases['a MatMul and its bias']!(g);
        g.node('Neg', 'other', ['w']);
      },
      [],
    ],
    [
      'without a bias',
      (g) => {
        g.node('Relu', 'act', [g.node('MatMul', 'y', [g.input('x', [null, 4]), g.weight('w', [4, 3])])]);
      },
      [],
    ],
    [
      'whose weights are quantised',
      (g) => {
        const m = g.node('MatMul', 'm', [g.input('x', [null, 4]), g.weight('w', [4, 3], undefined, 'float32', true)]);
        g.node('Relu', 'act', [g.node('BiasAdd', 'y', [m, g.weight('b', [3])])]);
      },
      [],
    ],
  ])('changes nothing of a node %s', async (_, build, outputs) => {
    const { isFolded, before, after } = await folded(build, { outputs });
    expect(isFolded).toBe(false);
    expect(after).toEqual(before);
  });
});
