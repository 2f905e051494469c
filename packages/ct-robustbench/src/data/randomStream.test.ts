import { describe, expect, it } from 'vitest';
import { RandomStream } from './randomStream.js';

describe('random streams', () => {
  it('depend on seed and keys, and repeat', () => {
    const draw = (...keys: (string | number)[]): number => new RandomStream(7, ...keys).uniform();
    expect(draw('a', 1)).toBe(draw('a', 1));
    expect(new Set([draw('a', 1), draw('a', 2), draw('b', 1), new RandomStream(8, 'a', 1).uniform()]).size).toBe(4);
  });

  it('are standard normal to four standard errors, and Poisson with the right mean and variance', () => {
    const random = new RandomStream(3);
    const n = 40000;
    const moments = (draws: number[]): [number, number] => {
      const mean = draws.reduce((s, v) => s + v, 0) / n;
      return [mean, draws.reduce((s, v) => s + (v - mean) ** 2, 0) / n];
    };
    const [mean, variance] = moments(Array.from({ length: n }, () => random.normal()));
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    for (const rate of [0.5, 30, 600]) {
      const [m, v] = moments(Array.from({ length: n }, () => random.poisson(rate)));
      expect(Math.abs(m - rate), `rate ${rate}`).toBeLessThan(4 * Math.sqrt(rate / n));
      expect(Math.abs(v / rate - 1), `rate ${rate}`).toBeLessThan(4 * Math.sqrt((2 + 1 / rate) / n));
    }
  });
});
