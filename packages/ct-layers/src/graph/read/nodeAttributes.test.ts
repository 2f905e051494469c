import { describe, expect, it } from 'vitest';
import type { AttrValue, GraphNode } from './graphDef.js';
import {
  attribute,
  flagAttribute,
  numberAttribute,
  textAttribute,
  textsAttribute,
  typeAttribute,
  wholesAttribute,
} from './nodeAttributes.js';

const node = (value?: unknown): GraphNode => ({
  name: 'n',
  op: 'Op',
  attr: value === undefined ? {} : { a: value as AttrValue },
});

it('reads texts in base64, and as character codes, as older files have them', () => {
  expect(textAttribute(node({ s: btoa('SAME') }), 'a')).toBe('SAME');
  expect(textAttribute(node({ s: [78, 72] }), 'a')).toBe('NH');
  expect(textsAttribute(node({ list: { s: [btoa('BiasAdd'), [82]] } }), 'a')).toEqual(['BiasAdd', 'R']);
});

it('reads numbers, as texts too, flags and types, the latter also by number', () => {
  expect(numberAttribute(node({ i: '-7' }), 'a', 1)).toBe(-7);
  expect(numberAttribute(node({ f: 0.25 }), 'a', 1)).toBe(0.25);
  expect(flagAttribute(node({ b: true }), 'a')).toBe(true);
  expect(wholesAttribute(node({ list: { i: ['1', 2] } }), 'a')).toEqual([1, 2]);
  expect(typeAttribute(node({ type: 'DT_INT32' }), 'a')).toBe('DT_INT32');
  expect(typeAttribute(node({ type: 19 }), 'a')).toBe('DT_HALF');
});

it('has a default for what is not there, also for a name that every object has', () => {
  expect(textAttribute(node(), 'a')).toBeUndefined();
  expect(textsAttribute(node(), 'a')).toEqual([]);
  expect(numberAttribute(node(), 'a', 3)).toBe(3);
  expect(flagAttribute(node(), 'a')).toBe(false);
  expect(wholesAttribute(node(), 'a')).toBeUndefined();
  expect(attribute(node(), 'constructor')).toBeUndefined();
});

describe('refuses by name', () => {
  it.each([
    ['a text that is no base64', () => textAttribute(node({ s: '%' }), 'a'), 'a base64 text'],
    ['a list of texts that is none', () => textsAttribute(node({ list: { s: 3 } }), 'a'), 'a list of base64 texts'],
    ['a number in words', () => numberAttribute(node({ i: 'two' }), 'a', 1), 'a number'],
    ['a flag that is none', () => flagAttribute(node({ b: 1 }), 'a'), 'true or false'],
    ['numbers with a part', () => wholesAttribute(node({ list: { i: [1.5] } }), 'a'), 'a list of whole numbers'],
    ['an empty text among numbers', () => wholesAttribute(node({ list: { i: [''] } }), 'a'), 'a list of whole numbers'],
    ['a type that is none', () => typeAttribute(node({ type: {} }), 'a'), 'a type'],
    ['an attribute that is none', () => attribute(node([]), 'a'), 'an object'],
    ['a list that is none', () => attribute(node({ list: [] }), 'a'), 'an attribute with an object as its list'],
  ])('%s', (_, read, expected) => {
    expect(read).toThrow(`the attribute "a" of node "n" (Op) must be ${expected}, got `);
  });
});
