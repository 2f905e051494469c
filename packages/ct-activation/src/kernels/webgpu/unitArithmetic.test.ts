import { expect, it } from 'vitest';
import { PLAIN } from '../../unitForm.js';
import { backwardOf, forwardOf, nameOf } from './unitArithmetic.js';

const forms = [PLAIN, { maxValue: 6, alpha: 0 }, { maxValue: Infinity, alpha: 0.2 }, { maxValue: 1, alpha: 0.1 }];

it('has a text and a name for each form', () => {
  for (const of of [forwardOf, backwardOf, nameOf]) expect(new Set(forms.map(of)).size).toBe(forms.length);
});

it('writes numbers that float32 has, and no infinity', () => {
  for (const of of [forwardOf, backwardOf])
    for (const form of forms) {
      const numbers = [...of(form).matchAll(/f32\((-?[\d.e-]+|Infinity|NaN)\)/g)].map(([, digits]) => Number(digits));
      expect(numbers.map(Math.fround)).toEqual(numbers);
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
});
