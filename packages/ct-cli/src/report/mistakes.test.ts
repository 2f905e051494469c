import { expect, it } from 'vitest';
import { compared, confusion, hardest, wilson } from './mistakes.js';

const labels = [0, 1, 1, 0];

it('puts first what most got wrong, and leaves out what all got right', () => {
  expect(
    hardest(labels, [
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 1, 0, 1],
    ]),
  ).toEqual([2, 1, 3]);
  expect(hardest(labels, [labels])).toEqual([]);
});

it('counts what each class was taken for', () => {
  expect(confusion(labels, [0, 2, 1, 0], 3)).toEqual([
    [2, 0, 0],
    [0, 1, 1],
    [0, 0, 0],
  ]);
});

it("is McNemar's exact test", () => {
  expect(compared(labels, labels, labels)).toEqual({ gained: 0, lost: 0, pValue: 1 });
  // Of 8 that differ, 7 against 1: twice the chance of at most one head in 8 tosses, 2 (1 + 8) / 2^8.
  const truth = new Array<number>(8).fill(1);
  const first = [0, 1, 1, 1, 1, 1, 1, 1];
  const second = [1, 0, 0, 0, 0, 0, 0, 0];
  expect(compared(truth, first, second)).toMatchObject({ gained: 7, lost: 1 });
  expect(compared(truth, first, second).pValue).toBeCloseTo(18 / 256, 12);
  expect(compared(truth, second, first)).toMatchObject({ gained: 1, lost: 7 });
  // 2^-2000 is no number of float64.
  const many = new Array<number>(2000).fill(1);
  const half = many.map((_, i) => i % 2);
  expect(
    compared(
      many,
      half,
      many.map((_, i) => 1 - (i % 2)),
    ).pValue,
  ).toBe(1);
});

it("is Wilson's interval: the shares from which what was seen is 1.96 standard deviations away", () => {
  const [share, count] = [0.95, 100];
  const { low, high } = wilson(share, count);
  for (const q of [low, high])
    expect(Math.abs(share - q) / Math.sqrt((q * (1 - q)) / count)).toBeCloseTo(1.959963984540054, 12);
  expect([low < share, high > share]).toEqual([true, true]);
  expect(wilson(1, 100).high).toBeCloseTo(1, 12);
});
