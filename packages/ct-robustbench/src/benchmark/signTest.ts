/**
 * Whether one of two networks is better on the same images, or only luckier.
 */
import { check, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

const counted = whole({ min: 0, max: Number.MAX_SAFE_INTEGER });

export const signTestArguments: Entries<{ a: number; b: number }> = { a: counted, b: counted };

/**
 * How likely two counts as uneven as these are where both outcomes are equally likely: the exact sign test, two-sided.
 *
 *     p = min(1, 2·Σ_{k ≤ min(a, b)} C(n, k)/2^n),   n = a + b
 *
 * Of paired outcomes, such as images that only one of two networks gets right, it is McNemar's test, exact.
 *
 * @throws RangeError unless both are whole numbers from 0. Source: McNemar 1947.
 */
export function signTest(a: number, b: number): number {
  check('signTest', signTestArguments, { a, b });
  const n = a + b;
  // C(n, k)/2^n, from k to k + 1; in logarithms, for 2^n overflows.
  let term = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= Math.min(a, b); k++) {
    sum += Math.exp(term);
    term += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
