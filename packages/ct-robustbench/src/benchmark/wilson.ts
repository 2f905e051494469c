/**
 * How sure an accuracy measured on n images is.
 */
import { check, count, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

export const wilsonArguments: Entries<{ successes: number; n: number; z: number }> = {
  successes: real({ min: 0 }),
  n: count,
  z: real({ above: 0 }),
};

/**
 * Wilson's interval for a share of successes:
 *
 *     (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
 *
 * Never leaves [0, 1], and holds its level for shares near 0 and 1 and for small n.
 *
 * @param z Quantile of the normal distribution; 1.96 (the default) for 95 %.
 * @throws RangeError unless 0 ≤ successes ≤ n, n is a whole number from 1, and z is positive.
 * Source: Wilson 1927; recommended by Brown, Cai & DasGupta 2001.
 */
export function wilsonInterval(successes: number, n: number, z = 1.959963984540054): [number, number] {
  check('wilsonInterval', wilsonArguments, { successes, n, z });
  if (successes > n) throw new RangeError(`wilsonInterval: successes must lie in [0, n], got ${successes} of ${n}`);
  const p = successes / n;
  const middle = p + z ** 2 / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n * n));
  const scale = 1 + z ** 2 / n;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
