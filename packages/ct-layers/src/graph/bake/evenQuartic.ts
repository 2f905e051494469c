/**
 * phi's even part as two numbers: phi(x) = max(x, 0) + E(|x|), E(a) ≈ q·(p + r·q), q = max(0, 1 − a/reach)².
 */
import { EPSILON } from '@curvature-tuning/activation';
import { phiEven } from '@curvature-tuning/activation/math';

/** What E is taken for. */
export interface EvenQuartic {
  /** |x| from which on it is 0. */
  reach: number;
  p: number;
  r: number;
}

/** The least beta: below, E has next to no end. */
export const LEAST_BETA: number = 1 / 3;

/** |x|·beta/s where it ends, which bounds the error best over all beta and c. */
const REACH = 5.2;
const POINTS = 64;
const ROUNDS = 8;

/**
 * The p and r that are off by the least: Lawson's iteration, least squares whose weights grow where the error is.
 *
 * From beta = 1/3 on the error is below 0.035·s/beta, with s = 1 − beta + 1e-6 (`evenQuartic.test.ts`).
 * Source: C. L. Lawson, Contributions to the theory of linear least maximum approximation, 1961.
 */
export function evenQuartic(beta: number, coeff: number): EvenQuartic {
  const s = 1 - beta + EPSILON;
  const reach = (REACH * s) / beta;
  // As far as twice the reach, for what is cut off is an error, too.
  const points = Array.from({ length: POINTS + 1 }, (_, i) => {
    const a = (2 * reach * i) / POINTS;
    // In units of s, so that no square of it is lost at beta = 1.
    return { q: Math.max(0, 1 - a / reach) ** 2, e: phiEven(a, beta, coeff) / s, weight: 1 };
  });
  let [p, r] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const sum = (f: (point: (typeof points)[0]) => number): number =>
      points.reduce((total, point) => total + point.weight * f(point), 0);
    const [qq, qqq, qqqq] = [sum(({ q }) => q ** 2), sum(({ q }) => q ** 3), sum(({ q }) => q ** 4)];
    const [qe, qqe] = [sum(({ q, e }) => q * e), sum(({ q, e }) => q * q * e)];
    const determinant = qq * qqqq - qqq * qqq;
    p = (qe * qqqq - qqe * qqq) / determinant;
    r = (qq * qqe - qqq * qe) / determinant;
    for (const point of points) point.weight *= Math.abs(point.e - point.q * (p + r * point.q));
    const all = sum(() => 1);
    points.forEach((point) => (point.weight /= all));
  }
  return { reach, p: p * s, r: r * s };
}

/** q·(p + r·q) at |x| = a. */
export function quarticAt(a: number, { reach, p, r }: EvenQuartic): number {
  const q = Math.max(0, 1 - a / reach) ** 2;
  return q * (p + r * q);
}
