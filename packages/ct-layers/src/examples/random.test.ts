import { expect, it } from 'vitest';
import { Random } from './random.js';

it('permutes and draws by seed', () => {
  expect([...new Random(7).permutation(50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(new Random(7).permutation(50)).toEqual(new Random(7).permutation(50));
  expect(new Random(7).permutation(50)).not.toEqual(new Random(8).permutation(50));
  const draws = new Random(3).uniform(10_000, 2);
  expect(Math.max(...draws)).toBeLessThan(2);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(-2);
  expect(Math.abs(draws.reduce((a, b) => a + b, 0) / 10_000)).toBeLessThan(0.05);
  expect(() => new Random(0.5)).toThrow(new RangeError('Random: seed must be a whole number, got 0.5'));
});
