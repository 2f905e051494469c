import { expect, it } from 'vitest';
import { seededGenerator, shuffle } from './shuffle.js';

it('shuffles in place, by seed alone, lists of numbers and of int32 alike', () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const list = [...values];
  expect(shuffle(list, seededGenerator(7))).toBe(list);
  // Recorded: another generator or order of draws would change every order that a seed stands for.
  expect(list).toEqual([2, 0, 7, 5, 4, 8, 9, 1, 6, 3]);
  expect([...shuffle(Int32Array.from(values), seededGenerator(7))]).toEqual(list);
});
