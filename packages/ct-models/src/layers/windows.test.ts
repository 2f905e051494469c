import { expect, it } from 'vitest';
import type { WindowGrid } from './windows.js';
import { inverseOrder, relativePositions, windowCount, windowMask, windowOrder } from './windows.js';

const grid: WindowGrid = { height: 4, width: 6, size: 2, shift: [0, 0] };

it('orders places window by window', () => {
  expect(windowCount(grid)).toBe(6);
  expect([...windowOrder(grid)].slice(0, 12)).toEqual([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
});

it('rolls an image up and to the left before', () => {
  const order = [...windowOrder({ ...grid, shift: [1, 1] })];
  expect(order.slice(0, 4)).toEqual([7, 8, 13, 14]);
  // The last window has what was rolled out.
  expect(order.slice(-4)).toEqual([23, 18, 5, 0]);
  const inverse = inverseOrder(Int32Array.from(order));
  order.forEach((place, at) => expect(inverse[place]).toBe(at));
});

it('numbers relative positions as PyTorch does', () => {
  // The table of windows of two by two: rows -1, 0, 1 times columns -1, 0, 1.
  expect([...relativePositions(2)]).toEqual([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
  const large = relativePositions(7);
  expect([Math.min(...large), Math.max(...large), new Set(large).size]).toEqual([0, 168, 169]);
});

it('masks pairs of places that only the roll has brought together', () => {
  expect(windowMask(grid)).toBeUndefined();
  const shifted = { ...grid, shift: [1, 1] } as const;
  const [mask, order] = [windowMask(shifted)!, windowOrder(shifted)];
  for (let window = 0; window < 6; window++)
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 4; b++) {
        const [p, q] = [order[4 * window + a]!, order[4 * window + b]!];
        const isNear = Math.abs(Math.floor(p / 6) - Math.floor(q / 6)) < 2 && Math.abs((p % 6) - (q % 6)) < 2;
        expect(mask[(4 * window + a) * 4 + b]).toBe(isNear ? 0 : -100);
      }
});

it('masks along the one side that is shifted', () => {
  const mask = windowMask({ height: 2, width: 4, size: 2, shift: [0, 1] })!;
  expect([...mask.slice(0, 16)].every((value) => value === 0)).toBe(true);
  expect([...mask.slice(16, 20)]).toEqual([0, -100, 0, -100]);
});
