import { expect, it } from 'vitest';
import { RandomStream } from '../data/randomStream.js';
import { plasma } from './plasma.js';

it('plasma is a landscape in [0, 1]: near points are closer than far ones', () => {
  const { heights, side } = plasma(60, 2, new RandomStream(4));
  expect(side).toBe(64);
  expect(Math.min(...heights)).toBe(0);
  expect(Math.max(...heights)).toBe(1);
  const apart = (shift: number): number =>
    heights.reduce((sum, h, i) => sum + Math.abs(h - heights[Math.floor(i / side) * side + ((i + shift) % side)]!), 0);
  expect(apart(1)).toBeLessThan(0.3 * apart(16));
});
