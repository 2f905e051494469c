import { expect, it } from 'vitest';
import { signTest } from './signTest.js';

it('equals the closed form to 1e-12, is symmetric, and 1 where nothing differs', () => {
  // 2·(1 + 10 + 45)/2^10, and 2·(1 + 6)/2^6.
  for (const [a, b, expected] of [
    [2, 8, 112 / 1024],
    [5, 1, 14 / 64],
    [0, 6, 2 / 64],
    [3, 3, 1],
    [0, 0, 1],
  ] as const) {
    expect(Math.abs(signTest(a, b) - expected)).toBeLessThan(1e-12);
    expect(signTest(b, a)).toBe(signTest(a, b));
  }
  expect(signTest(1000, 1200)).toBeGreaterThan(0);
  expect(signTest(1000, 1200)).toBeLessThan(1e-4);
});
