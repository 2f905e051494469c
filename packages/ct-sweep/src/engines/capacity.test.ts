import { expect, it } from 'vitest';
import { capacity } from './capacity.js';

it.each([
  [undefined, 8, 1000, 8],
  [400, 8, 1000, 2],
  [4000, 8, 1000, 1],
  [10, 2, 1000, 2],
])('cells of %s MB on %i cores with %i MB free: %i at once', (memoryMB, cores, freeMB, expected) => {
  expect(capacity(memoryMB, { cores, freeMB })).toBe(expected);
});
