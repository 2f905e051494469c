import { phiEven } from '@curvature-tuning/activation/math';
import { expect, it } from 'vitest';
import { evenQuartic, quarticAt } from './evenQuartic.js';

it.each([0, 0.2, 0.5, 0.8, 1])('is off by less than 0.035·s/beta at c = %f, on both sides of its end', (coeff) => {
  for (let k = 0; k <= 60; k++) {
    const beta = 1 / 3 + (k / 60) * (2 / 3);
    const bound = (0.035 * (1 - beta + 1e-6)) / beta;
    const quartic = evenQuartic(beta, coeff);
    for (let i = 0; i <= 400; i++) {
      const a = (4 * quartic.reach * i) / 400;
      expect(Math.abs(quarticAt(a, quartic) - phiEven(a, beta, coeff)), `beta ${beta}, |x| ${a}`).toBeLessThan(bound);
    }
  }
});
