import { expect, it } from 'vitest';
import { computedUnit, exactUnit, XS } from '../../../test/computedUnit.js';

const dense = [...XS, ...Array.from({ length: 400 }, (_, i) => i / 40 - 2)];

it.each<[string, number[], number | null, number, number]>([
  ['one beta', [0.9], null, 0, 10],
  ['one beta, clipped', [0.9], 6, 0, 14],
  ['one beta, clipped, leaky', [0.9], 6, 0.2, 17],
  ['betas of channels', [0.4, 0.7, 0.9, 0.999], null, 0, 10],
  ['betas of channels, clipped', [0.8, 0.85, 0.9, 0.999], 6, 0, 18],
])('%s: a unit is off by less than 0.035·(1 − beta)/beta, in few nodes', async (_, beta, maxValue, alpha, nodes) => {
  for (const coeff of [0, 0.5, 1]) {
    const values = { beta, coeff: [coeff], alpha: [alpha], maxValue };
    const { got, ops } = await computedUnit(values, dense, true);
    expect(ops).toHaveLength(nodes);
    expect(ops.some((op) => ['Sigmoid', 'Log', 'Exp', 'Softplus'].includes(op))).toBe(false);
    dense.forEach((x, row) =>
      [0, 1, 2, 3].forEach((k) => {
        const b = beta[k % beta.length]!;
        const y = alpha * x + (1 - alpha) * exactUnit(x, b, coeff, maxValue ?? Infinity);
        const error = Math.abs(got[4 * row + k]! - y);
        expect(error, `x ${x}, beta ${b}, c ${coeff}`).toBeLessThan((0.035 * (1 - b)) / b + 1e-7 * Math.abs(x));
      }),
    );
  }
});

it.each<[string, number[], number | null]>([
  ['a beta is low', [0.3, 0.9, 0.9, 0.9], null],
  ['bends touch', [0.6], 6],
  ['it is a ReLU', [1], null],
])('it stays what it is where %s', async (_, beta, maxValue) => {
  const values = { beta, coeff: [0.5], alpha: [0], maxValue };
  const [one, other] = [await computedUnit(values, XS, true), await computedUnit(values, XS)];
  expect(one).toEqual(other);
});
