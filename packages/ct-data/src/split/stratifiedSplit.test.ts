import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedSplit } from './stratifiedSplit.js';

const labelsOf = (...counts: number[]): number[] => counts.flatMap((count, k) => Array<number>(count).fill(k));
const countsOf = (labels: readonly number[], indices: Int32Array): number[] => {
  const counts = Array<number>(Math.max(...labels) + 1).fill(0);
  for (const i of indices) counts[labels[i] ?? -1]! += 1;
  return counts;
};

describe('stratifiedSplit', () => {
  it("gives each class the count scikit-learn's StratifiedShuffleSplit gives it", () => {
    // scikit-learn 1.2.1, StratifiedShuffleSplit(1, train_size=211, test_size=57, random_state=0..4) of these labels:
    // all five agree.
    const labels = labelsOf(501, 257, 97, 13);
    const [train, test] = stratifiedSplit(labels, [211, 57], 0);
    expect(countsOf(labels, train)).toEqual([122, 62, 24, 3]);
    expect(countsOf(labels, test)).toEqual([33, 17, 6, 1]);
  });

  it('depends on labels, parts and seed alone', () => {
    const labels = labelsOf(6, 4);
    expect(stratifiedSplit(labels, [5, 3], 7)).toEqual(stratifiedSplit(Uint8Array.from(labels), [5, 3], 7));
    expect(stratifiedSplit(labels, [5, 3], 7)).not.toEqual(stratifiedSplit(labels, [5, 3], 8));
    // Recorded, so that a change of generator or order of draws cannot pass unseen: it would change every result
    // that was drawn with an unpublished seed.
    expect(stratifiedSplit(labels, [5, 3], 7).map((part) => [...part])).toEqual([
      [2, 8, 4, 3, 7],
      [6, 1, 0],
    ]);
  });

  it('with fractions that add up to 1 uses every example', () => {
    const labels = labelsOf(33, 34, 34);
    const parts = stratifiedSplit(labels, [0.64, 0.16, 0.2], 1);
    expect(parts.map((part) => part.length)).toEqual([65, 16, 20]);
    expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    expect(stratifiedSplit(labels, [0.7, 0.2, 0.1], 1).flatMap((part) => [...part])).toHaveLength(101);
  });

  it('shuffles: classes do not lie in blocks', () => {
    const labels = labelsOf(500, 500);
    const [part] = stratifiedSplit(labels, [1000], 3);
    const firstHalf = countsOf(labels, part.slice(0, 500));
    // 250 expected; 50 is more than 6 standard deviations (7.9) of the hypergeometric count.
    expect(Math.abs((firstHalf[0] ?? 0) - 250)).toBeLessThan(50);
  });

  it('makes disjoint parts of the sizes asked for, each class within 1 of its share of what remains', () => {
    const problem = fc.record({
      counts: fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 8 }),
      seed: fc.nat(0xffffffff),
      first: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(problem, ({ counts, seed, first }) => {
        const labels = labelsOf(...counts);
        const sizes = [Math.max(counts.length, Math.floor(labels.length * first)), counts.length];
        fc.pre(sizes[0]! + sizes[1]! <= labels.length);
        const parts = stratifiedSplit(labels, sizes, seed);
        expect(parts.map((part) => part.length)).toEqual(sizes);
        expect(new Set(parts.flatMap((part) => [...part])).size).toBe(sizes[0]! + sizes[1]!);
        countsOf(labels, parts[0]!).forEach((count, k) => {
          expect(Math.abs(count - (counts[k]! * sizes[0]!) / labels.length)).toBeLessThan(1);
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('accepts class numbers with gaps', () => {
    expect(stratifiedSplit([5, 5, 9, 9], [2], 0)[0]).toHaveLength(2);
  });

  it.each([
    { parts: [9], seed: 0, message: /parts add up to 9, more than the 8 there is; ask for less/ },
    { parts: [0.6, 0.6], seed: 0, message: /add up to 1\.2, more than the 1 there is/ },
    {
      parts: [1],
      seed: 0,
      message: /every part must hold at least one example of each of the 2 classes, got a part of 1/,
    },
    { parts: [], seed: 0, message: /parts must be a list of at least 1/ },
    { parts: [4, 0.2], seed: 0, message: /got \[4, 0\.2\]/ },
    { parts: [NaN], seed: 0, message: /parts\[0\] must be a finite number above 0, got NaN/ },
    { parts: [4], seed: -1, message: /seed must be a whole number in \[0, 4294967295\], got -1/ },
    { parts: [4], seed: 0.5, message: /got 0\.5/ },
  ])('refuses parts $parts with seed $seed', ({ parts, seed, message }) => {
    expect(() => stratifiedSplit(labelsOf(4, 4), parts, seed)).toThrow(RangeError);
    expect(() => stratifiedSplit(labelsOf(4, 4), parts, seed)).toThrow(message);
  });

  it('refuses a class with fewer examples than parts, naming it', () => {
    expect(() => stratifiedSplit(labelsOf(9, 1), [4, 4], 0)).toThrow(
      /class 1 has 1 example\(s\), fewer than the 2 parts/,
    );
  });
});
