import { phi } from '@curvature-tuning/activation/math';
import { expect, it } from 'vitest';
import { ACTIVATION_KINDS, startOf, trainingStartOf } from './activationKind.js';
import { isEnd, rawOf } from './rawValue.js';

const points = Array.from({ length: 20_001 }, (_, i) => -10 + i / 1000);

/** The error function, by its series: of alternating terms up to exp(9), which float64 holds to 1e-12. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
const worst = (f: (x: number) => number, { beta, coeff }: { beta: number; coeff: number }): number =>
  Math.max(...points.map((x) => Math.abs(phi(x, beta, coeff) - f(x))));

it('ReLU starts as itself to 7e-7, SiLU to 9e-7, GELU to 0.0145', () => {
  expect(worst((x) => Math.max(x, 0), startOf('relu'))).toBeLessThan(7e-7);
  expect(worst((x) => x / (1 + Math.exp(-x)), startOf('silu'))).toBeLessThan(9e-7);
  expect(worst(gelu, startOf('gelu'))).toBeLessThan(0.0145);
});

it('what is trained starts from where the authors do: SiLU within 2e-5, GELU within 0.0148', () => {
  expect(rawOf(trainingStartOf('relu').beta)).toBeCloseTo(1.386, 9);
  expect(worst((x) => x / (1 + Math.exp(-x)), trainingStartOf('silu'))).toBeLessThan(2e-5);
  expect(worst(gelu, trainingStartOf('gelu'))).toBeLessThan(0.0148);
});

it('training starts where raw values have gradients, of every kind', () => {
  for (const kind of ACTIVATION_KINDS)
    for (const value of Object.values<number>({ ...trainingStartOf(kind) })) expect(isEnd(rawOf(value))).toBe(false);
});

it('what is asked for stands in place of either, one by one', () => {
  expect(startOf('silu', { beta: 0.9 })).toEqual({ beta: 0.9, coeff: 1 });
  expect(startOf('gelu', { coeff: 0 })).toEqual({ beta: 0.64, coeff: 0 });
  expect(trainingStartOf('relu', { coeff: 0.25, beta: undefined }).coeff).toBe(0.25);
});
