import { describe, expect, it } from 'vitest';
import { activationNode, beforeActivation, isChannelsFirst, readFused, runsEverywhere } from './fusedNode.js';
import type { AttrValue, GraphNode } from './graphDef.js';
import { textList } from './graphDef.js';

const text = (value: string): AttrValue => ({ s: btoa(value) });
const conv = (ops: string[], input: string[], attr: Record<string, AttrValue> = {}): GraphNode => ({
  name: 'conv',
  op: '_FusedConv2D',
  input,
  attr: { T: { type: 'DT_FLOAT' }, strides: { list: { i: ['1', '1', '1', '1'] } }, fused_ops: textList(ops), ...attr },
});

describe('readFused', () => {
  it('tells bias, activation and slope apart', () => {
    expect(readFused(conv(['BiasAdd', 'Relu6'], ['x', 'w', 'b']))).toMatchObject({ bias: 'b', activation: 'Relu6' });
    const prelu = readFused(conv(['BiasAdd', 'Prelu'], ['x', 'w', 'b', 's']));
    expect(prelu).toMatchObject({ bias: 'b', slope: 's', activation: 'Prelu' });
    expect(readFused(conv(['BiasAdd', 'LeakyRelu'], ['x', 'w', 'b']))).toMatchObject({ alpha: 0.2 });
  });

  it('leaves alone what is not fused, and what tfjs cannot run or that cannot be taken apart', () => {
    expect(readFused({ name: 'n', op: 'Conv2D' })).toBeUndefined();
    expect(readFused(conv(['FusedBatchNorm'], ['x', 'w']))).toBeUndefined();
    expect(readFused(conv(['BiasAdd', 'Gelu'], ['x', 'w', 'b']))).toBeUndefined();
    const first = { data_format: text('NCHW') };
    expect(readFused(conv(['BiasAdd', 'Relu'], ['x', 'w', 'b'], first))).toBeUndefined();
  });

  it('refuses missing and spare inputs, and strides that are none', () => {
    expect(() => readFused(conv(['BiasAdd'], ['x', 'w']))).toThrow('needs 3 inputs for what it fuses, got 2');
    const matMul = { ...conv([], ['x', 'w', 'b']), op: '_FusedMatMul' };
    expect(() => readFused(matMul)).toThrow('fuses no BiasAdd, and yet tfjs would add its third input "b"');
    expect(() => readFused(conv([], ['x', 'w'], { strides: { list: { i: [1] } } }))).toThrow(
      'a list of 4 whole numbers',
    );
  });
});

describe('beforeActivation', () => {
  it('makes a convolution and a bias under names of their own', () => {
    const fused = readFused(conv(['BiasAdd', 'Relu'], ['x', 'w', 'b', '^c']))!;
    const names = new Set(['conv', 'conv/Conv2D']);
    const { nodes, output } = beforeActivation(fused, names, () => undefined);
    expect(nodes.map(({ op, input }) => [op, input])).toEqual([
      ['Conv2D', ['x', 'w', '^c']],
      ['BiasAdd', [nodes[0]!.name, 'b']],
    ]);
    expect(nodes[0]!.name).not.toBe('conv/Conv2D');
    expect(output).toBe('conv/BiasAdd');
    expect([...names]).toContain(output);
    // A plain convolution of tfjs wants to be told its dilations.
    expect(nodes[0]!.attr).toHaveProperty('dilations');
    expect(nodes[0]!.attr).not.toHaveProperty('fused_ops');
  });

  it('keeps convolution and bias fused where asked', () => {
    const fused = readFused(conv(['BiasAdd', 'Relu'], ['x', 'w', 'b']))!;
    const { nodes } = beforeActivation(fused, new Set(), (one) => one);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ op: '_FusedConv2D', attr: { fused_ops: textList(['BiasAdd']) } });
  });

  it('gives the last node the name of the whole where there is no activation', () => {
    const { output } = beforeActivation(
      readFused(conv(['BiasAdd'], ['x', 'w', 'b']))!,
      new Set(['conv']),
      () => undefined,
    );
    expect(output).toBe('conv');
  });
});

it('the activation has the name of the whole, its slope and its type', () => {
  const leaky = readFused(conv(['BiasAdd', 'LeakyRelu'], ['x', 'w', 'b'], { leakyrelu_alpha: { f: 0.3 } }))!;
  expect(activationNode(leaky, 'y')).toEqual({
    name: 'conv',
    op: 'LeakyRelu',
    input: ['y'],
    attr: { T: { type: 'DT_FLOAT' }, alpha: { f: 0.3 } },
  });
});

it('a product with a bias and a transposed operand does not run everywhere', () => {
  const product = (attr: Record<string, AttrValue>): GraphNode => ({
    ...conv(['BiasAdd'], ['x', 'w', 'b'], attr),
    op: '_FusedMatMul',
  });
  expect(runsEverywhere(readFused(product({}))!)).toBe(true);
  expect(runsEverywhere(readFused(product({ transpose_b: { b: true } }))!)).toBe(false);
});

it('channels are first where the node says so, but never in a fused depthwise convolution', () => {
  const node = conv([], ['x', 'w'], { data_format: text('NCHW') });
  expect(isChannelsFirst(node)).toBe(true);
  expect(isChannelsFirst({ ...node, op: 'FusedDepthwiseConv2dNative' })).toBe(false);
});
