import { phiEven } from '@curvature-tuning/activation/math';
import { expect, it } from 'vitest';
import { evenTent, tentAt } from './evenTent.js';

/** The largest error, in units of s/beta, at points of our own. */
function errorOf(reach: number, beta: number, coeff: number): number {
  const unit = (1 - beta + 1e-6) / beta;
  const errors = Array.from({ length: 1201 }, (_, i) => (i / 100) * unit).map((a) =>
    Math.abs(tentAt(a, reach) - phiEven(a, beta, coeff)),
  );
  return Math.max(...errors) / unit;
}

it.each([
  [0.4, 0, 0.067],
  [0.7, 0.4, 0.073],
  [0.9, 0, 0.151],
  [0.9, 0.4, 0.07],
  [0.9, 0.5, 0.074],
  [0.9, 1, 0.279],
  [0.97, 0.5, 0.063],
  [0.9999, 0.5, 0.06],
])('beta %f, c %f: off by less than %f·s/beta, and by 2 % of that less than any other', (beta, coeff, bound) => {
  const best = errorOf(evenTent(beta, coeff), beta, coeff);
  expect(best).toBeLessThan(bound);
  const unit = (1 - beta + 1e-6) / beta;
  for (let k = 0; k <= 100; k++) expect(errorOf((k / 50) * unit, beta, coeff)).toBeGreaterThan(best - 0.02 * bound);
});
