/**
 * The very indices that scikit-learn draws: runs that are to be compared with Python's see the same images.
 */
import {
  check,
  classNumbersOf,
  count,
  labels as labelsSchema,
  listOf,
  seed as seedSchema,
} from '@curvature-tuning/checks';
import type { Entries, Labels, Schema } from '@curvature-tuning/checks';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { seededGenerator } from './shuffle.js';

type Sizes = readonly [train: number, test: number];

export const scikitSplitArguments: Entries<{ labels: Labels; sizes: Sizes; seed: number }> = {
  labels: labelsSchema,
  sizes: listOf(count, { min: 2, max: 2 }) as unknown as Schema<Sizes>,
  seed: seedSchema,
};

/**
 * Two disjoint lists of indices, in each of which the classes occur as often as in `labels`: number for number those of
 * scikit-learn's `StratifiedShuffleSplit(n_splits=1, train_size, test_size, random_state=seed)`, hence of
 * `train_test_split(range(n), train_size=…, test_size=…, stratify=labels, random_state=seed)`.
 *
 * scikit-learn turns a fraction `f` for the test part into `ceil(f·n)` examples, and the rest into the training part.
 * Its random numbers are NumPy's legacy `RandomState`: MT19937, and an index below a bound is drawn by masking bits and
 * rejecting what is too large. `stratifiedSplit` takes any number of parts, and draws others.
 *
 * @param sizes How many examples the two lists hold.
 * @param seed Whole number in [0, 2^32), scikit-learn's `random_state`.
 * @returns Two shuffled lists of indices into `labels`.
 * @throws TypeError on a wrong kind; RangeError on labels that are no class numbers, when more is asked for than there
 * is, when a list is shorter than the number of classes, or when a class has a single example.
 */
export function scikitSplit(
  labels: ArrayLike<number> | BigInt64Array | BigUint64Array,
  sizes: readonly [train: number, test: number],
  seed: number,
): [train: Int32Array, test: Int32Array] {
  check('scikitSplit', scikitSplitArguments, { labels, sizes, seed });
  const members = membersOf(classNumbersOf('scikitSplit', 'labels', labels));
  const [train, test] = sizes;
  if (train + test > labels.length)
    throw new RangeError(
      `scikitSplit: sizes add up to ${train + test}, more than the ${labels.length} there are; ask for less`,
    );
  if (Math.min(train, test) < members.length)
    throw new RangeError(
      `scikitSplit: each list must hold at least one example of each of the ${members.length} classes, got sizes ` +
        `[${sizes.join(', ')}]; ask for more`,
    );
  const single = members.find(({ indices }) => indices.length < 2);
  if (single)
    throw new RangeError(`scikitSplit: class ${single.label} has one example, but needs two; leave it out or add one`);

  const generator = seededGenerator(seed);
  const counts = members.map(({ indices }) => indices.length);
  const ofTrain = approximateMode(counts, train, generator);
  const ofTest = approximateMode(
    counts.map((count, k) => count - ofTrain[k]!),
    test,
    generator,
  );
  const lists: [number[], number[]] = [[], []];
  for (const [k, { indices }] of members.entries()) {
    permute(indices, generator);
    const middle = ofTrain[k]!;
    lists[0].push(...indices.slice(0, middle));
    lists[1].push(...indices.slice(middle, middle + ofTest[k]!));
  }
  return [Int32Array.from(permute(lists[0], generator)), Int32Array.from(permute(lists[1], generator))];
}

interface Members {
  readonly label: number;
  readonly indices: number[];
}

/** The indices of each class that occurs, in the order of the class numbers. */
function membersOf(labels: ArrayLike<number>): Members[] {
  const found = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const indices = found.get(labels[i]!);
    if (indices) indices.push(i);
    else found.set(labels[i]!, [i]);
  }
  return [...found].map(([label, indices]) => ({ label, indices })).sort((a, b) => a.label - b.label);
}

/**
 * How many of `draws` fall to each class: the whole parts, and one more where the remainders are largest, equal ones
 * at random. In float64 in scikit-learn's order, since what counts as equal hangs on its rounding.
 */
function approximateMode(counts: readonly number[], draws: number, generator: RandomGenerator): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count / total) * draws);
  const shares = exact.map(Math.floor);
  const remainders = exact.map((value, k) => value - shares[k]!);
  let missing = Math.trunc(draws - shares.reduce((sum, share) => sum + share, 0));
  for (const value of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (missing === 0) break;
    const equal = remainders.flatMap((remainder, k) => (remainder === value ? [k] : []));
    for (const k of permute(equal, generator).slice(0, missing)) {
      shares[k]! += 1;
      missing--;
    }
  }
  return shares;
}

/** Shuffles in place as NumPy's `RandomState.permutation` does, and returns the list. */
function permute(values: number[], generator: RandomGenerator): number[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = below(last, generator);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
  return values;
}

/** A whole number in [0, most]: as many bits as `most` has, drawn again where they are more. */
function below(most: number, generator: RandomGenerator): number {
  const mask = 2 ** (32 - Math.clz32(most)) - 1;
  for (;;) {
    const drawn = (generator.next() & mask) >>> 0;
    if (drawn <= most) return drawn;
  }
}
