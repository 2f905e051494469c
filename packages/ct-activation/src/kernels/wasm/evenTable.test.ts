import { describe, expect, it } from 'vitest';
import { phiEven } from '../../math.js';
import { evenTable } from './evenTable.js';

const MANY = 1 << 20;

describe('the table of phi without its ReLU', () => {
  const cases = [1 / 3, 0.5, 0.7, 0.9, 0.99, 0.9999, 1].flatMap((beta) => [0, 0.3, 1].map((coeff) => [beta, coeff]));

  it.each(cases)('at beta = %f, c = %f is right to 2e-7, beyond its end too', (beta, coeff) => {
    const { coefficients, last, k } = evenTable(MANY, beta!, coeff!)!;
    for (let j = 0; j <= 5000; j++) {
      const t = (j / 5000) * 1.5 * last;
      const i = Math.min(Math.round(t), last);
      const f = t < last ? t - i : 0;
      const [c0, c1, c2, c3] = coefficients.subarray(4 * i) as unknown as [number, number, number, number];
      expect(Math.abs(c0 + f * (c1 + f * (c2 + f * c3)) - phiEven(t / k, beta!, coeff!)), `at ${t}`).toBeLessThan(2e-7);
    }
  });

  it('is not made where it does not pay or has no end, nor of numbers that are no parameters', () => {
    expect(evenTable(128 * 240, 0.5, 0.5)?.last).toBe(240);
    expect(evenTable(128 * 240 - 1, 0.5, 0.5)).toBeUndefined();
    for (const [beta, coeff] of [
      [0, 0.5],
      [0.33, 0.5],
      [1.01, 0.5],
      [NaN, 0.5],
      [0.9, NaN],
      [0.9, -1],
      [0.9, 1.1],
    ])
      expect(evenTable(MANY, beta!, coeff!)).toBeUndefined();
  });

  it('is made once for the parameters that were last asked for', () => {
    const first = evenTable(MANY, 0.9, 0.25);
    expect(evenTable(MANY, 0.9, 0.25)).toBe(first);
    for (let i = 0; i < 64; i++) evenTable(MANY, 0.8, i / 64);
    expect(evenTable(MANY, 0.9, 0.25)).not.toBe(first);
    expect(evenTable(MANY, 0.9, 0.25)).toEqual(first);
  });
});
