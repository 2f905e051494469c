/**
 * Which images a classifier got wrong, and whether one got fewer wrong than another by more than chance.
 */
import { signTest, wilsonInterval } from '@curvature-tuning/robustbench';

/** Images that at least one of the classifiers got wrong, those that most got wrong first. */
export function hardest(labels: readonly number[], predictions: readonly (readonly number[])[]): number[] {
  const wrong = labels.map((label, i) => predictions.filter((predicted) => predicted[i] !== label).length);
  return labels
    .map((_, i) => i)
    .filter((i) => wrong[i]! > 0)
    .sort((a, b) => wrong[b]! - wrong[a]! || a - b);
}

/** How often each class (row) was taken for each (column). */
export function confusion(labels: readonly number[], predicted: readonly number[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => counts[label]![predicted[i]!]!++);
  return counts;
}

/** What two classifiers say of the same images. */
export interface Paired {
  /** Images that the first alone got right, and the second alone. */
  gained: number;
  lost: number;
  /** Two-sided exact McNemar test: how likely a difference as large is if neither is better. */
  pValue: number;
}

/** Compares two classifiers image by image (McNemar, Psychometrika 12, 1947). */
export function compared(labels: readonly number[], first: readonly number[], second: readonly number[]): Paired {
  let [gained, lost] = [0, 0];
  labels.forEach((label, i) => {
    const [one, other] = [first[i] === label, second[i] === label];
    if (one && !other) gained++;
    if (other && !one) lost++;
  });
  return { gained, lost, pValue: signTest(gained, lost) };
}

/** An interval of proportions, in [0, 1]. */
export interface Interval {
  low: number;
  high: number;
}

/** Wilson's interval at 95 % for `share` of `count` (J. Am. Stat. Assoc. 22, 1927). */
export function wilson(share: number, count: number): Interval {
  const [low, high] = wilsonInterval(Math.round(share * count), count);
  return { low, high };
}
