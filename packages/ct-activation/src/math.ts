/**
 * The activation as plain mathematics: float64 scalars, no tensors.
 *
 * This file is the oracle of every kernel. With s = 1 − beta + EPSILON, u = |x| / s and v = beta·u, so that
 * only exponentials of negative numbers occur and nothing overflows or cancels:
 *
 *     phi        = max(x, 0) − c·|x|·sigmoid(−v) + (1 − c)·s·log1p(exp(−u))
 *     d phi/dx   = g for x <= 0, 1 − g for x > 0,   g = c·(p − v·p·(1 − p)) + (1 − c)·sigmoid(−u),   p = sigmoid(−v)
 *     d phi/dbeta = c·(1 + EPSILON)·u²·p·(1 − p) − (1 − c)·(u·sigmoid(−u) + log1p(exp(−u)))
 *     d phi/dc   = −(|x|·sigmoid(−v) + s·log1p(exp(−u)))
 *
 * Infinite x gives the limits, NaN gives NaN. Of clipped and leaky units, see `UnitForm`, y and the derivatives follow;
 * y from the even parts of phi, for phi(x) − phi(x − m) cancels where x is large.
 * Source: Hu, Gamba, Balestriero, arXiv 2502.07783, section 3; EPSILON from the authors' implementation.
 */

/**
 * Added to the temperature 1 − beta, so that beta = 1 divides by 1e-6 instead of 0. From the authors' implementation.
 */
export const EPSILON = 1e-6;

/** The largest finite float32, 2^128 − 2^104: where |x| is capped, so that no product of it is infinite. */
export const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * The activation phi(x; beta, c) = c·x·sigmoid(beta·x/s) + (1 − c)·s·softplus(x/s), with s = 1 − beta + EPSILON.
 *
 * `beta` and `coeff` lie in [0, 1]; beta -> 1 gives ReLU to within 7e-7, coeff = 1 a SiLU, coeff = 0 a softplus.
 */
export function phi(x: number, beta: number, coeff: number): number {
  if (x === Infinity) return x + beta * coeff;
  if (x === -Infinity) return isLinear(beta, coeff) ? x : 0 * (beta + coeff);
  const s = 1 - beta + EPSILON;
  const u = Math.abs(x) / s;
  return (
    Math.max(x, 0) - coeff * Math.abs(x) * sigmoidOfNegative(beta * u) + (1 - coeff) * s * Math.log1p(Math.exp(-u))
  );
}

/** phi(x) − max(x, 0) for finite x, an even function: what is left of phi where ReLU is taken away. */
export function phiEven(x: number, beta: number, coeff: number): number {
  const [a, s] = [Math.abs(x), 1 - beta + EPSILON];
  return -coeff * a * sigmoidOfNegative((beta * a) / s) + (1 - coeff) * s * Math.log1p(Math.exp(-a / s));
}

/** d phi / dx. Lies in [−0.1, 1.1] and is 1/2 at x = 0 whatever the parameters are. */
export function phiDx(x: number, beta: number, coeff: number): number {
  const u = Math.min(Math.abs(x), Number.MAX_VALUE) / (1 - beta + EPSILON);
  // Past 750 the exponential is 0 in float64; the clamp keeps infinity · 0 out of v·p.
  const v = Math.min(beta * u, 750);
  const p = sigmoidOfNegative(v);
  const even = coeff * (p - v * p * (1 - p)) + (1 - coeff) * sigmoidOfNegative(u);
  return x > 0 ? 1 - even : even;
}

/** d phi / dbeta. Even in x; within [−ln 2, 0.44·(1 + EPSILON)/beta²]. */
export function phiDbeta(x: number, beta: number, coeff: number): number {
  const u = Math.abs(x) / (1 - beta + EPSILON);
  // The slope grows without bound at beta = 0: coeff = 0 must win over an infinite x.
  const silu = coeff === 0 ? 0 : coeff * (1 + EPSILON) * squareTimesSlope(u, beta);
  return silu - (1 - coeff) * binaryEntropy(u);
}

/** d phi / dcoeff. Even in x and never positive: the SiLU part lies below the softplus part. */
export function phiDcoeff(x: number, beta: number, coeff: number): number {
  if (!Number.isFinite(x))
    return beta === 0 && !Number.isNaN(coeff) ? -Math.abs(x) : 0 * (Number.isNaN(x) ? x : beta + coeff);
  const s = 1 - beta + EPSILON;
  const u = Math.abs(x) / s;
  // `0 * coeff` only carries a NaN on: the derivative itself does not depend on coeff.
  return -(Math.abs(x) * sigmoidOfNegative(beta * u) + s * Math.log1p(Math.exp(-u))) + 0 * coeff;
}

/** At beta = 0 the SiLU part is c·x/2, which alone survives as x -> −infinity. */
function isLinear(beta: number, coeff: number): boolean {
  return beta === 0 && coeff > 0;
}

/** sigmoid(−t) for t >= 0. */
function sigmoidOfNegative(t: number): number {
  const e = Math.exp(-t);
  return e / (1 + e);
}

/** u²·sigmoid'(beta·u) for u >= 0, zero where the slope underflows although u² may overflow. */
function squareTimesSlope(u: number, beta: number): number {
  // Infinity · 0 at beta = 0 and u = infinity: the sigmoid is evaluated at 0 there.
  const e = Math.exp(-beta * Math.min(u, Number.MAX_VALUE));
  return e === 0 ? 0 : u * u * (e / ((1 + e) * (1 + e)));
}

/** The entropy in nats of a coin with probability sigmoid(u), u >= 0: u·sigmoid(−u) + log1p(exp(−u)). */
function binaryEntropy(u: number): number {
  const e = Math.exp(-u);
  return (e === 0 ? 0 : (u * e) / (1 + e)) + Math.log1p(e);
}
