import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scikitSplit } from './scikitSplit.js';

interface Golden {
  cases: {
    n: number;
    classes: number;
    sizes: [number, number];
    seed: number;
    train: string;
    test: string;
    begins: number[];
  }[];
}
const { cases } = JSON.parse(
  readFileSync(new URL('../../test/golden/scikit-split.json', import.meta.url), 'utf8'),
) as Golden;
const digest = (indices: Int32Array): string =>
  createHash('sha256').update(new Uint8Array(indices.buffer)).digest('hex');

describe('scikitSplit', () => {
  it(`gives the indices of scikit-learn in all ${cases.length} cases`, () => {
    for (const { n, classes, sizes, seed, train, test, begins } of cases) {
      const labels = Array.from({ length: n }, (_, i) =>
        Number(((BigInt(i) * BigInt(i) * 7919n + BigInt(i) * 104729n) / 16n) % BigInt(classes)),
      );
      const [first, second] = scikitSplit(labels, sizes, seed);
      expect([...first.slice(0, 3)]).toEqual(begins);
      expect([digest(first), digest(second)]).toEqual([train, test]);
    }
  });

  it('refuses what scikit-learn refuses', () => {
    const labels = [0, 0, 0, 1, 1, 1];
    expect(() => scikitSplit(labels, [4, 3], 1)).toThrow(/add up to 7, more than the 6/);
    expect(() => scikitSplit(labels, [4, 1], 1)).toThrow(/at least one example of each of the 2 classes/);
    expect(() => scikitSplit([0, 0, 1], [2, 1], 1)).toThrow(/at least one example/);
    expect(() => scikitSplit([0, 0, 0, 1], [2, 2], 1)).toThrow(/class 1 has one example/);
  });
});
