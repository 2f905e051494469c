import { expect, it } from 'vitest';
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
