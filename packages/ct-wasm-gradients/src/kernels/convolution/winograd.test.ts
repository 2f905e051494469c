import { describe, expect, it } from 'vitest';
import type { Geometry } from '../../wasm/nativeKernels.js';
import { isTiled, turned } from './winograd.js';

/** 3x3, padded by 1 on all sides. */
const same = (n: number, h: number, w: number, ci: number, co: number): Geometry =>
  [...[n, h, w, ci], ...[3, 3, 1, 1, 1, 1, 1, 1], ...[h, w, co]] as unknown as Geometry;

describe('isTiled', () => {
  it.each([
    ['a stage of a resnet14', same(32, 14, 14, 16, 16), true],
    ['its last stage', same(32, 4, 4, 64, 64), true],
    ['one image of 8x8, four tiles', same(1, 8, 8, 64, 64), true],
    ['one image of 7x7, of which a fourth of the tiles lies outside', same(1, 7, 7, 512, 512), false],
    ['an image of 2x2, where tiles have as many products', same(32, 2, 2, 64, 64), false],
    ['three channels', same(8, 32, 32, 3, 16), false],
    ['channels that are no multiple of 4', same(8, 32, 32, 16, 10), false],
    ['an empty batch', same(0, 32, 32, 16, 16), false],
  ])('%s', (_, geometry, expected) => {
    expect(isTiled(geometry)).toBe(expected);
    expect(isTiled(turned(geometry))).toBe(expected);
  });

  it.each([
    ['a filter of 5x3', 4, 5],
    ['a filter of 3x1', 5, 1],
    ['a stride', 6, 2],
    ['a dilation', 9, 2],
    ['more padding than the filter has', 10, 3],
  ])('%s: sums', (_, place, value) => {
    const geometry = same(8, 32, 32, 16, 16);
    expect(isTiled(geometry)).toBe(true);
    geometry[place] = value;
    expect(isTiled(geometry)).toBe(false);
  });
});

describe('turned', () => {
  it('is the convolution of dy that gives dx, and twice turned the convolution itself', () => {
    const geometry: Geometry = [2, 9, 8, 4, 3, 3, 1, 1, 1, 1, 0, 2, 7, 10, 12];
    expect(turned(geometry)).toEqual([2, 7, 10, 12, 3, 3, 1, 1, 1, 1, 2, 0, 9, 8, 4]);
    expect(turned(turned(geometry))).toEqual(geometry);
  });
});
