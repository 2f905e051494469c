/**
 * How sure an accuracy measured on n images is.
 */

/**
 * Wilson's interval for a share of successes:
 *
 *     (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
 *
 * Never leaves [0, 1], and holds its level for shares near 0 and 1 and for small n.
 *
 * @param z Quantile of the normal distribution; 1.96 (the default) for 95 %.
 * @throws RangeError unless 0 ≤ successes ≤ n and n ≥ 1.
 * Source: Wilson 1927; recommended by Brown, Cai & DasGupta 2001.
 */
export function wilsonInterval(successes: number, n: number, z = 1.959963984540054): [number, number] {
  if (!(n >= 1 && successes >= 0 && successes <= n)) throw new RangeError(`wilsonInterval: successes must lie in [0, n] and n be at least 1, got ${successes} of ${n}`);
  const p = successes / n;
  const middle = p + z ** 2 / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n * n));
  const scale = 1 + z ** 2 / n;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
