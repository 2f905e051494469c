import { describe, expect, it } from 'vitest';
import { floats, ruleOf, whole, wholes } from '../../../../test/ruleOf.js';
import { layoutRules } from './layoutRules.js';

const rule = ruleOf(layoutRules);

it('Pad adds both edges of each axis', () => {
  expect(rule('Pad', [floats(null, 4), wholes(0, 0, 1, 2)])).toMatchObject({ shape: [null, 7] });
});

describe('Reshape', () => {
  it('computes the size that -1 stands for', () => {
    expect(rule('Reshape', [floats(2, 6), wholes(-1, 3)])).toMatchObject({ shape: [4, 3] });
    expect(rule('Reshape', [floats(null, 6), wholes(-1, 3)])).toMatchObject({ shape: [null, 3] });
  });

  it('knows the rank alone where the sizes are computed', () => {
    expect(rule('Reshape', [floats(2, 6), { dtype: 'int32', shape: [3] }])).toMatchObject({
      shape: [null, null, null],
    });
  });
});

describe('Squeeze', () => {
  it('drops the axes that it names, or those of size 1', () => {
    expect(rule('Squeeze', [floats(1, 3, 1)])).toMatchObject({ shape: [3] });
    expect(rule('Squeeze', [floats(null, 3, 1)], { squeeze_dims: { list: { i: ['-1'] } } })).toMatchObject({
      shape: [null, 3],
    });
  });

  it('knows no shape where an open axis may have size 1', () => {
    expect(rule('Squeeze', [floats(null, 3)])).toEqual({ dtype: 'float32', wholes: undefined });
  });
});

describe('Transpose', () => {
  it('moves the axes', () => {
    expect(rule('Transpose', [floats(null, 8, 9, 3), wholes(0, 3, 1, 2)])).toMatchObject({ shape: [null, 3, 8, 9] });
  });

  it('knows when channels come first, and when they are back', () => {
    const first = rule('Transpose', [floats(null, 8, 9, 3), wholes(0, 3, 1, 2)]) as object;
    expect(first).toMatchObject({ channelsFirst: true });
    expect(rule('Transpose', [first, wholes(0, 2, 3, 1)])).toMatchObject({
      channelsFirst: false,
      shape: [null, 8, 9, 3],
    });
  });
});

it('Shape, Size and Rank are numbers', () => {
  expect(rule('Shape', [floats(null, 4)])).toEqual({ dtype: 'int32', shape: [2], wholes: [null, 4] });
  expect(rule('Size', [floats(3, 4)])).toEqual(whole(12));
  expect(rule('Rank', [floats(3, 4)])).toEqual(whole(2));
});

it('ExpandDims, Tile, Fill, BroadcastTo and OneHot', () => {
  expect(rule('ExpandDims', [floats(3, 4), whole(-1)])).toMatchObject({ shape: [3, 4, 1] });
  expect(rule('Tile', [floats(3, null), wholes(2, 2)])).toMatchObject({ shape: [6, null] });
  expect(rule('Fill', [wholes(2, 3), floats()])).toEqual(floats(2, 3));
  expect(rule('BroadcastTo', [floats(3), wholes(2, 3)])).toEqual(floats(2, 3));
  expect(rule('OneHot', [{ dtype: 'int32', shape: [5] }, whole(10)])).toEqual({ shape: [5, 10] });
});

it('EnsureShape closes open sizes', () => {
  expect(rule('EnsureShape', [floats(null, 4), wholes(7, 4)])).toMatchObject({ shape: [7, 4] });
});
