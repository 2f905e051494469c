import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GraphNode } from './graphDef.js';
import { dataInputs, GraphIndex, isSameValue, nodeName, portOf, shapeOf, textList, without } from './graphDef.js';

it('reads references as they are written: name, name:output, ^name', () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_/.]{0,12}$/);
  fc.assert(
    fc.property(name, fc.nat(9), (node, port) => {
      expect([nodeName(node), portOf(node)]).toEqual([node, 0]);
      expect([nodeName(`${node}:${port}`), portOf(`${node}:${port}`)]).toEqual([node, port]);
      expect(nodeName(`^${node}`)).toBe(node);
      expect(isSameValue(node, `${node}:0`)).toBe(true);
      expect(isSameValue(node, `${node}:${port + 1}`)).toBe(false);
      expect(isSameValue(node, `${node}x`)).toBe(false);
    }),
  );
});

it('tells values from what a node waits for', () => {
  expect(dataInputs({ name: 'y', op: 'Add', input: ['a', 'b:1', '^c'] })).toEqual(['a', 'b:1']);
  expect(dataInputs({ name: 'y', op: 'Const' })).toEqual([]);
});

it('indexes nodes, and each consumer once, however often it reads', () => {
  const nodes: GraphNode[] = [
    { name: 'a', op: 'Split' },
    { name: 'b', op: 'Add', input: ['a', 'a:1'] },
    { name: 'c', op: 'Neg', input: ['b', '^a'] },
  ];
  const index = new GraphIndex(nodes);
  expect(index.source('a:1')).toBe(nodes[0]);
  expect(index.source('none')).toBeUndefined();
  expect(index.source(undefined)).toBeUndefined();
  expect(index.consumers('a').map(({ name }) => name)).toEqual(['b', 'c']);
  expect(index.consumers('c')).toEqual([]);
});

it('reads shapes: sizes as numbers or texts, null for unknown ones, undefined for an unknown rank', () => {
  expect(shapeOf({ dim: [{ size: '-1' }, { size: 4 }, { size: '5' }, {}] })).toEqual([null, 4, 5, null]);
  expect(shapeOf({})).toEqual([]);
  for (const unknown of [undefined, null, { unknownRank: true }]) expect(shapeOf(unknown)).toBeUndefined();
});

it('writes texts as base64, and leaves keys out', () => {
  expect(textList(['BiasAdd', 'Relu'])).toEqual({ list: { s: ['Qmlhc0FkZA==', 'UmVsdQ=='] } });
  const given = { a: 1, b: 2, c: 3 };
  expect(without(given, 'a', 'c')).toEqual({ b: 2 });
  expect(given).toEqual({ a: 1, b: 2, c: 3 });
});
