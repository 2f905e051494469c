import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, text } from '../../../test/graphBuilder.js';
import type { Fact } from './fact.js';
import { GraphIndex } from './graphDef.js';
import { GraphFacts } from './graphFacts.js';
import { dynamicNodes, findValues, runOnZeros } from './graphShapes.js';
import { loadArtifacts } from './graphSource.js';
import { GraphWeights } from './graphWeights.js';
import { loadGraph } from './loadGraph.js';

beforeAll(() => tf.setBackend('cpu'));

/** What is found out about nodes of a graph. */
async function found(
  build: (g: GraphBuilder) => void,
  ...names: string[]
): Promise<{ facts: Fact[]; obstacle?: string }> {
  const g = new GraphBuilder();
  build(g);
  const artifacts = await loadArtifacts('test', g.artifacts());
  const index = new GraphIndex(artifacts.modelTopology.node);
  const facts = new GraphFacts(index, new GraphWeights('test', artifacts.weightSpecs, artifacts.weightData));
  const before = tf.memory().numTensors;
  const values = findValues(
    artifacts,
    index,
    facts,
    names.map((name) => index.nodes.get(name)!),
  );
  expect(tf.memory().numTensors).toBe(before);
  return { facts: names.map(values.of), ...(values.obstacle !== undefined && { obstacle: values.obstacle }) };
}

describe('findValues', () => {
  it('runs on zeros what facts do not tell, and frees the model', async () => {
    // Nothing is known of what BatchMatMulV2 gives in advance; its run tells.
    const { facts, obstacle } = await found((g) => {
      const x = g.input('x', [null, 3, 4]);
      g.node('Relu', 'y', [g.node('BatchMatMulV2', 'm', [x, g.weight('w', [4, 5])])]);
    }, 'y');
    expect(obstacle).toBeUndefined();
    expect(facts[0]).toMatchObject({ dtype: 'float32', shape: [null, 3, 5] });
  });

  it('takes sizes that follow open ones for open', async () => {
    const { facts } = await found((g) => {
      const x = g.input('x', [null, null, null, 3]);
      g.node('Relu', 'y', [g.node('Neg', 'n', [x])]);
    }, 'y');
    expect(facts[0]!.shape).toEqual([null, null, null, 3]);
  });

  it('runs nothing behind control flow, and says so', async () => {
    const { facts, obstacle } = await found((g) => {
      const x = g.input('x', [null, 2]);
      g.node('Relu', 'y', [g.node('Where', 'w', [x])]);
    }, 'y');
    expect(obstacle).toBe('it lies behind control flow');
    expect(facts[0]!.shape).toBeUndefined();
  });

  it('says why a graph cannot be run on zeros', async () => {
    const { obstacle } = await found((g) => {
      const shape = { shape: { unknownRank: true } };
      g.node('Relu', 'y', [g.node('Placeholder', 'x', [], { dtype: { type: 'DT_FLOAT' }, shape })]);
    }, 'y');
    expect(obstacle).toBe('its input "x" has no fixed shape: [unknown rank]');
  });
});

it('runOnZeros refuses inputs that no zeros can be made for', async () => {
  for (const [shape, type, message] of [
    [[1, 4096, 4096, 2], 'DT_FLOAT', 'is too large'],
    [[1, 2], 'DT_STRING', 'is of type string'],
  ] as const) {
    const g = new GraphBuilder();
    g.node('Identity', 'y', [g.input('x', [...shape], type)]);
    const model = loadGraph('test', await loadArtifacts('test', g.artifacts()));
    expect(() => runOnZeros(model, ['y'])).toThrow(message);
    model.dispose();
  }
});

it('dynamicNodes are control flow and all that comes behind it', () => {
  const g = new GraphBuilder();
  const x = g.input('x', [null, 2]);
  g.node('Relu', 'before', [x]);
  g.node('Switch', 'switch', ['before', 'x']);
  g.node('Relu', 'behind', ['switch:1']);
  g.node('Neg', 'waits', [x, '^behind']);
  g.node('TensorArrayReadV3', 'array', [x], { dtype: text('x') });
  expect([...dynamicNodes(new GraphIndex(g.nodes))].sort()).toEqual(['array', 'behind', 'switch', 'waits']);
});
