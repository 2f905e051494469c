import { describe, expect, it } from 'vitest';
import { runsOf } from './box.js';

describe('runsOf', () => {
  it.each([
    ['all', [2, 3, 4], [0, 0, 0], [2, 3, 4], [1, 1, 24, 0, 0, 24]],
    ['the first axis', [5, 3, 4], [2, 0, 0], [2, 3, 4], [1, 1, 24, 24, 0, 60]],
    ['the last axis', [5, 3, 4], [0, 0, 1], [5, 3, 2], [5, 3, 2, 1, 12, 4]],
    ['two neighbours', [5, 6, 7, 4], [0, 1, 2, 0], [5, 4, 3, 4], [5, 4, 12, 36, 168, 28]],
    ['a scalar', [], [], [], [1, 1, 1, 0, 0, 1]],
  ])('%s', (_, whole, begin, size, [outer, rows, words, offset, outerStep, rowStep]) => {
    expect(runsOf(whole, begin, size)).toEqual({ outer, rows, words, offset, outerStep, rowStep });
  });

  it.each([
    ['axes that are no neighbours', [5, 6, 7], [1, 0, 1], [2, 6, 3]],
    ['three axes', [5, 6, 7], [1, 1, 1], [2, 2, 3]],
  ])('none of %s', (_, whole, begin, size) => {
    expect(runsOf(whole, begin, size)).toBeUndefined();
  });
});
