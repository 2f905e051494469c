import { expect, it } from 'vitest';
import { ticks, tickText } from './ticks.ts';

it.each([
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [-1.25, 1.25, 5, [-1, -0.5, 0, 0.5, 1]],
  [0.5, 1, 5, [0.5, 0.6, 0.7, 0.8, 0.9, 1]],
  [0, 37, 4, [0, 10, 20, 30]],
])('between %f and %f, about %i: %j', (low, high, count, expected) => {
  expect(ticks(low, high, count)).toEqual(expected);
});

it('writes a minus', () => {
  expect(tickText(-0.5)).toBe('−0.5');
  expect(tickText(ticks(-1, 1, 2)[1]!)).toBe('0');
});
