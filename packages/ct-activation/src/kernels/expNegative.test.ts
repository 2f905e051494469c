import { expect, it } from 'vitest';
import { expNegative } from './expNegative.js';

it('agrees with Math.exp to 3e-10 of the value', () => {
  for (let t = 0; t < 708; t += 0.00637) expect(Math.abs(expNegative(t) / Math.exp(-t) - 1)).toBeLessThan(3e-10);
  for (const t of [0, 1e-300, 1e-9, Math.LN2 / 2, Math.LN2, 708.99])
    expect(Math.abs(expNegative(t) / Math.exp(-t) - 1)).toBeLessThan(3e-10);
});

it('is exactly 1 at 0, 0 far out, and keeps NaN', () => {
  expect(expNegative(0)).toBe(1);
  for (const t of [709, 745, 1e300, Infinity]) expect(expNegative(t)).toBe(0);
  expect(expNegative(NaN)).toBeNaN();
});
