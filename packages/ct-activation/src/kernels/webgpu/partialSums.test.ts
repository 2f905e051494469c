import { expect, it } from 'vitest';
import { groupsOf, lanesFor } from './partialSums.js';

it.each([
  [1, 1],
  [7, 7],
  [15, 5],
  [1000, 1],
  [6000, 3],
  [2570, 257],
  [100_352, 16],
])('gives each of %i elements to one thread, whose index says whose sum it is: period %i', (size, period) => {
  const { columns, chunk, sums } = groupsOf(size, period);
  expect(columns % period).toBe(0);
  const seen = new Set<number>();
  for (let thread = 0; thread < sums; thread++) {
    const column = thread % columns;
    const first = Math.floor(thread / columns) * chunk;
    for (let row = first; row < first + chunk; row++) {
      const element = row * columns + column;
      if (element >= size) break;
      expect(element % period).toBe(thread % period);
      expect(seen.has(element)).toBe(false);
      seen.add(element);
    }
  }
  expect(seen.size).toBe(size);
});

it('shares an output among a power of two of threads, within a workgroup and no more than there are terms', () => {
  expect([1, 2, 3, 63, 64, 1000].map(lanesFor)).toEqual([1, 2, 2, 32, 64, 64]);
});
