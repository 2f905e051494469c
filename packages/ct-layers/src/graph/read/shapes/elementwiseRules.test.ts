import { expect, it } from 'vitest';
import { floats, ruleOf, whole, wholes } from '../../../../test/ruleOf.js';
import { elementwiseRules } from './elementwiseRules.js';

const rule = ruleOf(elementwiseRules);
const ints = (...shape: number[]): { dtype: 'int32'; shape: number[] } => ({ dtype: 'int32', shape });

it('functions of one value keep its shape; only Identity keeps the numbers', () => {
  expect(rule('Identity', [wholes(2, 3)])).toEqual(wholes(2, 3));
  expect(rule('Relu', [wholes(2, 3)])).toEqual(ints(2));
});

it('functions of floats say no type for whole numbers, which backends treat differently', () => {
  expect(rule('Exp', [floats(2)])).toEqual(floats(2));
  expect(rule('Exp', [ints(2)])).toEqual({ dtype: undefined, shape: [2] });
  expect(rule('LeakyRelu', [ints(2)])).toEqual(floats(2));
});

it('arithmetic is of the wider type, and broadcasts', () => {
  expect(rule('AddV2', [ints(2, 1), floats(3)])).toMatchObject(floats(2, 3));
  expect(rule('Mul', [ints(2), { dtype: 'bool', shape: [2] }])).toMatchObject(ints(2));
  expect(rule('RealDiv', [floats(2), { shape: [2] }])).toMatchObject({ dtype: 'float32' });
  expect(rule('RealDiv', [ints(2), { shape: [2] }])).toMatchObject({ dtype: undefined });
});

it('arithmetic computes the numbers of shapes, one beside several', () => {
  expect(rule('Sub', [wholes(5, null), whole(2)])).toMatchObject({ wholes: [3, null] });
  expect(rule('FloorDiv', [wholes(-7, 7), whole(2)])).toMatchObject({ wholes: [-4, 3] });
  expect(rule('Maximum', [wholes(1, 5), wholes(4, 2)])).toMatchObject({ wholes: [4, 5] });
  expect(rule('Mul', [wholes(1, 2, 3), wholes(1, 2)])).toMatchObject({ wholes: undefined });
});

it('comparisons are flags', () => {
  expect(rule('Greater', [floats(2, 1), floats(1, 3)])).toEqual({ dtype: 'bool', shape: [2, 3] });
});

it('AddN, BiasAdd, Prelu and Select have the shape of their values', () => {
  expect(rule('AddN', [floats(2, null), floats(2, 3), floats(1, 3)])).toEqual(floats(2, 3));
  expect(rule('BiasAdd', [floats(2, 4, 3), floats(3)])).toEqual(floats(2, 4, 3));
  expect(rule('Prelu', [floats(2, 3), floats(3)])).toEqual(floats(2, 3));
  expect(rule('Select', [{ dtype: 'bool', shape: [2, 1] }, floats(2, 3), ints(3)])).toEqual(floats(2, 3));
});

it('Cast is of the type that it names, and keeps numbers', () => {
  expect(rule('Cast', [wholes(2, 3)], { DstT: { type: 'DT_FLOAT' } })).toEqual({
    dtype: 'float32',
    shape: [2],
    wholes: [2, 3],
  });
});
