/**
 * Divides labelled examples into parts that hold the classes in the same proportions, reproducibly by seed.
 */
import {
  check,
  classNumbersOf,
  labels as labelsSchema,
  listOf,
  real,
  seed as seedSchema,
} from '@curvature-tuning/checks';
import type { Entries, Labels } from '@curvature-tuning/checks';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { seededGenerator, shuffle } from './shuffle.js';

export const stratifiedSplitArguments: Entries<{ labels: Labels; parts: readonly number[]; seed: number }> = {
  labels: labelsSchema,
  parts: listOf(real({ above: 0 }), { min: 1 }),
  seed: seedSchema,
};

/**
 * Disjoint index lists, one for each of `parts`, in each of which the classes occur as often as in `labels`.
 *
 * `parts` are either whole numbers of examples, such as `[2000, 500]`, or fractions below 1, such as
 * `[0.64, 0.16, 0.2]`, which are rounded so that fractions that add up to 1 use every example. What is asked for
 * need not add up to the whole; the rest is left out.
 *
 * Follows scikit-learn's `StratifiedShuffleSplit`: of part `p` class `k` receives
 * `floor(remaining_k * p / remaining)` examples, and the examples then missing go to the classes with the largest
 * remainders, ties being broken at random. The numbers per class thus equal scikit-learn's up to such ties; the
 * permutations are not scikit-learn's, whose random numbers are NumPy's.
 *
 * @param labels Class numbers of all examples.
 * @param parts How many examples, or which fraction of them, each list is to hold.
 * @param seed Whole number in [0, 2^32). The same labels, parts and seed give the same lists everywhere.
 * @returns One shuffled list of indices into `labels` for each part.
 * @throws TypeError on a wrong kind; RangeError on labels that are no class numbers, when more is asked for than there
 * is, when a part is smaller than the number of classes, or when a class has fewer examples than there are parts.
 */
export function stratifiedSplit<const P extends readonly number[]>(
  labels: ArrayLike<number> | BigInt64Array | BigUint64Array,
  parts: P,
  seed: number,
): { -readonly [K in keyof P]: Int32Array };
export function stratifiedSplit(
  labels: ArrayLike<number> | BigInt64Array | BigUint64Array,
  parts: readonly number[],
  seed: number,
): Int32Array[] {
  check('stratifiedSplit', stratifiedSplitArguments, { labels, parts, seed });
  const generator = seededGenerator(seed);
  const members = membersByClass(classNumbersOf('stratifiedSplit', 'labels', labels));
  const sizes = sizesOf(parts, labels.length);
  for (const size of sizes) {
    if (size < members.length) {
      throw new RangeError(
        `stratifiedSplit: every part must hold at least one example of each of the ${members.length} classes, ` +
          `got a part of ${size}; ask for larger parts`,
      );
    }
  }
  for (const { label, indices } of members) {
    if (indices.length < parts.length) {
      throw new RangeError(
        `stratifiedSplit: class ${label} has ${indices.length} example(s), fewer than the ${parts.length} ` +
          'parts; leave it out or add examples',
      );
    }
    shuffle(indices, generator);
  }

  const taken = members.map(() => 0);
  return sizes.map((size) => {
    const remaining = members.map(({ indices }, k) => indices.length - taken[k]!);
    const part = apportion(remaining, size, generator).flatMap((count, k) => {
      const start = taken[k]!;
      taken[k] = start + count;
      return members[k]!.indices.slice(start, start + count);
    });
    return Int32Array.from(shuffle(part, generator));
  });
}

interface ClassMembers {
  readonly label: number;
  readonly indices: number[];
}

/** The indices of each class that occurs, in the order of the class numbers. */
function membersByClass(labels: ArrayLike<number>): ClassMembers[] {
  const found = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? NaN;
    const indices = found.get(label);
    if (indices) indices.push(i);
    else found.set(label, [i]);
  }
  return [...found].map(([label, indices]) => ({ label, indices })).sort((a, b) => a.label - b.label);
}

function sizesOf(parts: readonly number[], total: number): number[] {
  const whole = parts.every((part) => Number.isInteger(part) && part > 0);
  const fractions = parts.every((part) => part > 0 && part < 1);
  if (!(whole || fractions)) {
    throw new RangeError(
      'stratifiedSplit: parts must be whole numbers of examples or all of them fractions in (0, 1), got ' +
        `[${parts.join(', ')}]`,
    );
  }
  let sum = 0;
  let boundary = 0;
  const sizes = parts.map((part) => {
    sum += part;
    if (whole) return part;
    // Rounding the boundaries instead of the sizes lets fractions that add up to 1 cover everything.
    const start = boundary;
    boundary = Math.round(sum * total);
    return boundary - start;
  });
  // 0.7 + 0.2 + 0.1 exceeds 1 by rounding alone.
  const limit = whole ? total : 1 + 1e-9;
  if (sum > limit) {
    throw new RangeError(
      `stratifiedSplit: parts add up to ${sum}, more than the ${whole ? total : 1} there is; ask for less`,
    );
  }
  return sizes;
}

/** Divides `size` among the classes in proportion to `counts`, by largest remainder, ties at random. */
function apportion(counts: readonly number[], size: number, generator: RandomGenerator): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  // Whole-number arithmetic: a remainder computed in floating point would break ties by rounding error.
  const shares = counts.map((count) => Math.floor((count * size) / total));
  const remainders = counts.map((count) => (count * size) % total);
  const missing = size - shares.reduce((sum, share) => sum + share, 0);
  const order = shuffle(
    counts.map((_, k) => k),
    generator,
  );
  order.sort((a, b) => remainders[b]! - remainders[a]!);
  for (const k of order.slice(0, missing)) shares[k]! += 1;
  return shares;
}
