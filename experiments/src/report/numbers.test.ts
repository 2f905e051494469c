import { expect, it } from 'vitest';
import { bitsOf } from '@curvature-tuning/cli/cells';
import { gainText, pairedGain, percent, truthsOf } from './numbers.js';

it('has mean and population deviation of shares, and of one the share alone', () => {
  expect(percent([0.5, 0.7])).toBe('60.0 ± 10.0');
  expect(percent([0.979])).toBe('97.9');
  expect(percent([])).toBe('');
});

it('reads what bitsOf writes', () => {
  const truths = Array.from({ length: 13 }, (_, i) => i % 3 === 0);
  expect(truthsOf(bitsOf(truths), 13)).toEqual(truths);
});

it('draws images: 20 of 100 more, about as wide as the closed form 1.96 · 4 points', () => {
  const base = Array.from({ length: 100 }, (_, i) => i < 50);
  const better = base.map((one, i) => one || i >= 80);
  const gain = pairedGain([better], [base]);
  expect(gain.points).toBe(20);
  expect(gain.relative).toBe(40);
  expect(Math.abs(gain.low - (20 - 7.84))).toBeLessThanOrEqual(2);
  expect(Math.abs(gain.high - (20 + 7.84))).toBeLessThanOrEqual(2);
});

it('draws seeds as well: one that gains and one that loses make an interval from loss to gain', () => {
  const none = Array.from({ length: 100 }, () => false);
  const all = none.map(() => true);
  const gain = pairedGain([all, none], [none, all]);
  expect([gain.points, gain.low, gain.high]).toEqual([0, -100, 100]);
});

it('says a gain of nothing as such', () => {
  expect(gainText(pairedGain([[true]], [[false]]))).toBe('+100.0 (+100.0 to +100.0), of 0');
});
