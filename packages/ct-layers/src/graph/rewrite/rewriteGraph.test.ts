import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { Selector } from '../../unit/activationSite.js';
import type { GraphNode } from '../read/graphDef.js';
import { GraphIndex } from '../read/graphDef.js';
import { GraphConstants } from './graphConstants.js';
import { selectActivations } from './graphSites.js';
import { rewriteNodes } from './rewriteGraph.js';

/** The new nodes, by name, of a graph all of whose activations become nodes of the op Unit. */
function rewritten(
  build: (g: GraphBuilder) => void,
  outputs: string[] = [],
  fused: 'own' | 'stock' = 'own',
): Map<string, GraphNode> {
  const g = new GraphBuilder();
  build(g);
  const index = new GraphIndex(g.nodes);
  const names = new Set(index.nodes.keys());
  const { selected } = selectActivations({ node: g.nodes }, index, {
    selector: new Selector('replaceGraphActivations', { kinds: ['relu', 'relu6', 'silu'] }),
    sharing: 'site',
    named: false,
    valuesOf: () => ({ of: () => ({ dtype: 'float32', shape: [null, 4] }) }),
  });
  const written = JSON.stringify(g.nodes);
  const nodes = rewriteNodes({
    index,
    sites: selected,
    constants: new GraphConstants(names),
    outputs: new Set(outputs),
    names,
    fused,
    isZero: () => true,
    unit: ({ node }, input) => [{ name: node.name, op: 'Unit', input: [input] }],
  });
  // The old graph stays as it is.
  expect(JSON.stringify(g.nodes)).toBe(written);
  expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
  return new Map(nodes.map((node) => [node.name, node]));
}

describe('rewriteNodes', () => {
  it('puts a unit under the name of each activation, so that consumers stay as they are', () => {
    const nodes = rewritten((g) => g.node('Neg', 'z', [g.node('Relu', 'y', [g.input('x', [null, 4])])]));
    expect(nodes.get('y')).toEqual({ name: 'y', op: 'Unit', input: ['x'] });
    expect(nodes.get('z')!.input).toEqual(['y']);
  });

  it('has the unit wait for what the activation waited for', () => {
    const nodes = rewritten((g) => {
      const x = g.input('x', [null, 4]);
      g.node('Neg', 'z', [g.node('Relu', 'y', [x, `^${g.node('Neg', 'first', [x])}`])]);
    });
    expect(nodes.get('y')!.input).toEqual(['x', '^first']);
  });

  it('drops the gate of a SiLU that nobody else reads, and keeps one that is an output', () => {
    const silu = (g: GraphBuilder): void => {
      const x = g.input('x', [null, 4]);
      g.node('Neg', 'z', [g.node('Mul', 'y', [x, g.node('Sigmoid', 'gate', [x])])]);
    };
    expect(rewritten(silu).has('gate')).toBe(false);
    expect(rewritten(silu).get('y')!.input).toEqual(['x']);
    expect(rewritten(silu, ['gate']).has('gate')).toBe(true);
  });

  it('takes fused nodes apart, or leaves convolution and bias together', () => {
    const fused = (g: GraphBuilder): void => {
      const x = g.input('x', [null, 4]);
      const dense = g.fused('_FusedMatMul', 'y', x, g.weight('w', [4, 4]), ['BiasAdd', 'Relu'], [g.weight('b', [4])]);
      g.node('Neg', 'z', [dense]);
    };
    const apart = rewritten(fused);
    const ops = [...apart.values()].map(({ op }) => op);
    expect(ops).toEqual(expect.arrayContaining(['MatMul', 'BiasAdd', 'Unit']));
    expect(ops).not.toContain('_FusedMatMul');
    const kept = rewritten(fused, [], 'stock');
    const source = kept.get(kept.get('y')!.input![0]!)!;
    expect([kept.get('y')!.op, source.op]).toEqual(['Unit', '_FusedMatMul']);
  });

  it('pads with the lowest float32 between a replaced ReLU and a max-pool', () => {
    const nodes = rewritten((g) => {
      const relu = g.node('Relu', 'y', [g.input('x', [null, 4, 4, 1])]);
      g.node('MaxPool', 'pool', [
        g.node('Pad', 'pad', [relu, g.weight('sizes', [4, 2], new Float32Array(8), 'int32')]),
      ]);
    });
    const pad = nodes.get('pad')!;
    expect([pad.op, pad.input!.slice(0, 2)]).toEqual(['PadV2', ['y', 'sizes']]);
    expect(nodes.has(pad.input![2]!)).toBe(true);
  });
});
