import { describe, expect, it } from 'vitest';
import { axisOf, broadcast, inserted, nulls, product, resizedAlong, sum, without } from './sizes.js';

describe('broadcast', () => {
  it.each([
    [[2, 3], [3], [2, 3]],
    [[3], [2, 1], [2, 3]],
    [
      [2, 1, 4],
      [5, 1],
      [2, 5, 4],
    ],
    [[], [7], [7]],
    [[null, 3], [1], [null, 3]],
    // An open size beside one above 1 can be that size or 1.
    [[null], [4], [4]],
    [[4], [null], [4]],
    [[null], [null], [null]],
  ])('of %j and %j is %j', (a, b, shape) => {
    expect(broadcast(a, b)).toEqual(shape);
  });

  it('of an unknown rank is unknown', () => {
    expect(broadcast(undefined, [1])).toBeUndefined();
    expect(broadcast([1], undefined)).toBeUndefined();
  });
});

it('counts axes from either end', () => {
  expect(axisOf(1, [4, 5, 6])).toBe(1);
  expect(axisOf(-1, [4, 5, 6])).toBe(2);
});

it('takes an axis out, and puts one in', () => {
  expect(without([4, 5, 6], -2)).toEqual([4, 6]);
  expect(without([4], null)).toBeUndefined();
  expect(inserted([4, 5], 0, 1)).toEqual([1, 4, 5]);
  expect(inserted([4, 5], -1, 1)).toEqual([4, 5, 1]);
  expect(inserted(undefined, 0, 1)).toBeUndefined();
});

it('resizes one axis, or knows none where the axis is open', () => {
  expect(resizedAlong([4, 6], -1, (size) => size! / 2)).toEqual([4, 3]);
  expect(resizedAlong([4, 6], null, () => 1)).toEqual([null, null]);
  expect(resizedAlong(undefined, 0, () => 1)).toBeUndefined();
});

it('has open sizes for the ranks that tensors have', () => {
  expect(nulls(2)).toEqual([null, null]);
  expect(nulls(7)).toBeUndefined();
  expect(nulls(null)).toBeUndefined();
});

it('sums and multiplies, open where one is', () => {
  expect([sum([2, 3]), sum([]), sum([2, null])]).toEqual([5, 0, null]);
  expect([product([2, 3]), product([]), product([0, null]), product(undefined)]).toEqual([6, 1, null, null]);
});
