import { expect, it } from 'vitest';
import { computedUnit, exactUnit, XS } from '../../../test/computedUnit.js';
import { bakedUnit } from './bakedUnit.js';
import { GraphConstants } from '../rewrite/graphConstants.js';

const kinds = (beta: number[], coeff: number[]): (string | undefined)[] => {
  const names = new Set(['x']);
  const values = { beta, coeff, alpha: [0], maxValue: null };
  return bakedUnit('unit', 'x', values, { constants: new GraphConstants(names), names }).map(({ op }) => op);
};

it('is a ReLU where all of beta is 1, whatever c is: no constant 1/s = 1e6 that float16 has not', () => {
  expect(kinds([1], [0.5])).toEqual(['Relu']);
  expect(kinds([1, 1], [0, 1])).toEqual(['Relu']);
  expect(kinds([1, 0.9], [0.5])).toContain('Sigmoid');
});

it.each([6, 2.5])(
  'clips at %f as float64 does to 2e-6, up to inputs of 1e9, per channel and at beta = 1',
  async (m) => {
    const [beta, coeff] = [
      [0.3, 0.9, 1, 0.5],
      [0, 0.5, 0.5, 1],
    ];
    const { got } = await computedUnit({ beta, coeff, alpha: [0], maxValue: m }, XS);
    XS.forEach((x, row) =>
      beta.forEach((b, k) => expect(Math.abs(got[4 * row + k]! - exactUnit(x, b, coeff[k]!, m))).toBeLessThan(2e-6)),
    );
  },
);
