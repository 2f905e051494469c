import { expect, it } from 'vitest';
import { secondsLeft } from './progress.js';

it.each([
  [10, 5, 20, 30],
  [10, 20, 20, 0],
  [10, 21, 20, 0],
  [10, 0, 20, null],
  [10, 5, null, null],
])('%d seconds for %d of %s units leave %s', (seconds, done, total, left) => {
  expect(secondsLeft(seconds, done, total)).toBe(left);
});
