/**
 * phi's even part as one number: phi(x) = max(x, 0) + E(|x|), E(a) ≈ max(0, reach − a)/2.
 *
 * That is the mean of two ReLUs, bent at −reach and at reach, and has phi's slope at 0, 1/2 for all beta and c.
 */
import { EPSILON } from '@curvature-tuning/activation';
import { phiEven } from '@curvature-tuning/activation/math';

/** The largest reach that is best anywhere, and the points that errors are looked for at, in units of s/beta. */
const [MOST, END] = [2, 8];
const POINTS = 128;
/** Each takes a third off the interval. */
const ROUNDS = 20;

/**
 * The reach that is off by the least. At c = 1/2 and beta = 0.9 the error is 0.008, at most 0.28·s/beta at c = 1, with
 * s = 1 − beta + 1e-6.
 *
 * The largest error, of errors that each fall and then rise with the reach, falls and then rises: three parts of the
 * interval show in which the least is not.
 */
export function evenTent(beta: number, coeff: number): number {
  const unit = (1 - beta + EPSILON) / beta;
  const points = Array.from({ length: POINTS + 1 }, (_, i) => {
    const a = (END * unit * i) / POINTS;
    return { a, e: phiEven(a, beta, coeff) };
  });
  const error = (reach: number): number => Math.max(...points.map(({ a, e }) => Math.abs(e - tentAt(a, reach))));
  let [low, high] = [0, MOST * unit];
  for (let round = 0; round < ROUNDS; round++) {
    const third = (high - low) / 3;
    if (error(low + third) < error(high - third)) high -= third;
    else low += third;
  }
  return (low + high) / 2;
}

/** max(0, reach − a)/2. */
export function tentAt(a: number, reach: number): number {
  return Math.max(0, reach - a) / 2;
}
