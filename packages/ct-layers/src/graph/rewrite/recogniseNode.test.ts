import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import type { GraphNode } from '../read/graphDef.js';
import { GraphIndex } from '../read/graphDef.js';
import { describeNode, recogniseNode, siluInput } from './recogniseNode.js';

/** A graph's nodes, and the one called y. */
function built(build: (g: GraphBuilder, x: string) => void): { node: GraphNode; index: GraphIndex } {
  const g = new GraphBuilder();
  build(g, g.input('x', [null, 4]));
  const index = new GraphIndex(g.nodes);
  return { node: index.nodes.get('y')!, index };
}

describe('recogniseNode', () => {
  it.each<[string, (g: GraphBuilder, x: string) => void, object | undefined]>([
    ['Relu', (g, x) => g.node('Relu', 'y', [x]), { kind: 'relu', unit: {}, fused: false }],
    ['Relu6', (g, x) => g.node('Relu6', 'y', [x]), { kind: 'relu6', unit: { maxValue: 6 }, fused: false }],
    ['LeakyRelu', (g, x) => g.node('LeakyRelu', 'y', [x]), { kind: 'leakyRelu', unit: { alpha: 0.2 }, fused: false }],
    [
      'LeakyRelu of 0.1',
      (g, x) => g.node('LeakyRelu', 'y', [x], { alpha: { f: 0.1 } }),
      { kind: 'leakyRelu', unit: { alpha: 0.1 }, fused: false },
    ],
    [
      'a fused Relu6',
      (g, x) => g.fused('_FusedMatMul', 'y', x, g.weight('w', [4, 2]), ['BiasAdd', 'Relu6'], [g.weight('b', [2])]),
      { kind: 'relu6', unit: { maxValue: 6 }, fused: true },
    ],
    [
      'a fused bias alone',
      (g, x) => g.fused('_FusedMatMul', 'y', x, g.weight('w', [4, 2]), ['BiasAdd'], [g.weight('b', [2])]),
      undefined,
    ],
    [
      'x·sigmoid(x)',
      (g, x) => g.node('Mul', 'y', [x, g.node('Sigmoid', 's', [x])]),
      { kind: 'silu', unit: {}, fused: false },
    ],
    [
      'sigmoid(x)·x',
      (g, x) => g.node('Mul', 'y', [g.node('Sigmoid', 's', [`${x}:0`]), x]),
      { kind: 'silu', unit: {}, fused: false },
    ],
    ['another gate', (g, x) => g.node('Mul', 'y', [x, g.node('Sigmoid', 's', [g.node('Neg', 'n', [x])])]), undefined],
    ['Elu', (g, x) => g.node('Elu', 'y', [x]), undefined],
  ])('%s', (_, build, expected) => {
    const { node, index } = built(build);
    expect(recogniseNode(node, index)).toEqual(expected);
  });

  it('refuses an activation of nothing', () => {
    const { node, index } = built((g) => g.node('Relu', 'y', []));
    expect(() => recogniseNode(node, index)).toThrow('node "y" (Relu) has no input; convert the model again');
  });
});

it('siluInput is the x, whichever side the gate is on', () => {
  for (const order of [0, 1]) {
    const { node, index } = built((g, x) => {
      const gate = g.node('Sigmoid', 's', [x]);
      g.node('Mul', 'y', order === 0 ? [x, gate] : [gate, x]);
    });
    expect(siluInput(node, index)).toBe('x');
  }
  const { node, index } = built((g, x) => g.node('Add', 'y', [x, g.node('Sigmoid', 's', [x])]));
  expect(siluInput(node, index)).toBeUndefined();
});

it('describeNode names what a reader would call an activation', () => {
  const of = (build: (g: GraphBuilder, x: string) => void): string | undefined => describeNode(built(build).node);
  expect(of((g, x) => g.node('Tanh', 'y', [x]))).toBe('Tanh');
  expect(of((g, x) => g.node('Neg', 'y', [x]))).toBeUndefined();
  expect(of((g, x) => g.fused('_FusedConv2D', 'y', x, 'w', ['BiasAdd', 'Elu'], ['b']))).toBe('_FusedConv2D, Elu');
});
