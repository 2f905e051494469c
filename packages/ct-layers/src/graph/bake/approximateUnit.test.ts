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
    const { got, ops } = await computedUnit(values, dense, Math.max(...beta.map((b) => (0.035 * (1 - b)) / b)));
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

it.each<[string, number[], number | null, number, number]>([
  ['one beta', [0.9], null, 0, 4],
  ['one beta, clipped', [0.9], 6, 0, 4],
  ['one beta, clipped, leaky', [0.9], 6, 0.2, 7],
  ['betas of channels', [0.9, 0.92, 0.95, 0.999], null, 0, 6],
])('%s: a unit is off by at most the tolerance of 0.0082, in lines', async (_, beta, maxValue, alpha, nodes) => {
  const { got, ops } = await computedUnit({ beta, coeff: [0.5], alpha: [alpha], maxValue }, dense, 0.0082);
  expect(ops).toHaveLength(nodes);
  dense.forEach((x, row) =>
    [0, 1, 2, 3].forEach((k) => {
      const y = alpha * x + (1 - alpha) * exactUnit(x, beta[k % beta.length]!, 0.5, maxValue ?? Infinity);
      const error = Math.abs(got[4 * row + k]! - y);
      expect(error, `x ${x}, channel ${k}`).toBeLessThan(0.0082 + 1e-7 * Math.abs(x));
    }),
  );
});

it.each<[string, number[], number | null, number]>([
  ['no form is near enough', [0.9], null, 1e-4],
  ['no tolerance is given', [0.9], null, 0],
  ['a beta is low', [0.3, 0.9, 0.9, 0.9], null, 1],
  ['bends touch', [0.6], 6, 0.03],
  ['it is a ReLU', [1], null, 1],
])('it stays what it is where %s', async (_, beta, maxValue, tolerance) => {
  const values = { beta, coeff: [0.5], alpha: [0], maxValue };
  const [one, other] = [await computedUnit(values, XS, tolerance), await computedUnit(values, XS)];
  expect(one).toEqual(other);
});
