/**
 * The activation and its derivatives composed of stock tfjs ops: what `ctu` runs where no fused kernel is registered.
 *
 * The forms are those of math.ts; every op has a tfjs gradient, so that the backward pass can be differentiated too.
 * float32 and the differences between backends want care in six places:
 * - the temperature is (1 − beta) + EPSILON in this order: near beta = 1 the difference is exact and EPSILON survives;
 * - x is capped at the largest finite number, so that an infinity never meets a zero factor;
 * - what the cap cut off comes back where the limit is infinite: twice the cap overflows on purpose;
 * - a clipped NaN is a number on wasm, and relu(−infinity) is NaN on webgl: `step` is right everywhere. (On webgl an
 *   infinity that shares a texel with a NaN still becomes NaN, in stock Clip; the fused kernels have no such flaw.)
 * - where textures hold only float16 nothing may overflow on the way, because what a GPU makes of an infinite half is
 *   not always an infinity: there |x| is capped before it is divided, and s is at least the smallest normal half;
 * - log1p(exp(−u)) is taken as −log(sigmoid(u)), or −log1p(−sigmoid(−u)) where the sigmoid is needed anyway, because
 *   stock Exp and Softplus cost 15 times a Sigmoid on wasm.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  abs,
  add,
  clipByValue,
  div,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  step,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import { FLOAT16_CAP, storesFloat16 } from './float16.js';
import { EPSILON, FLOAT32_MAX } from './math.js';

/** What the backward pass is given: the gradient of the output, and what the forward pass was given. */
export interface DifferentiatedCtu {
  dy: Tensor;
  x: Tensor;
  beta: Tensor;
  coeff: Tensor;
}

/** What a backend's numbers allow: the cap of |x| and |x|/s, and what is added to 1 − beta. */
interface Range {
  max: number;
  epsilon: number;
}

const FLOAT32: Range = { max: FLOAT32_MAX, epsilon: EPSILON };
/** Smaller numbers than 2^-14 may be flushed to zero. */
const FLOAT16: Range = { max: FLOAT16_CAP, epsilon: 2 ** -14 };

/** phi(x; beta, coeff); the shapes of beta and coeff are suffixes of x's. */
export function composedCtu(x: Tensor, beta: Tensor, coeff: Tensor): Tensor {
  return tidy(() => {
    const range = storesFloat16() ? FLOAT16 : FLOAT32;
    const s = temperature(beta, range);
    const capped = clipByValue(x, -range.max, range.max);
    const u = cappedQuotient(capped, s, range);
    const silu = mul(mul(u, sigmoid(mul(u, neg(beta)))), mul(coeff, s));
    const softplus = mul(log(sigmoid(u)), mul(sub(coeff, 1), s));
    const linear = mul(clipByValue(sub(x, capped), -range.max, 0), mul(mul(isZero(beta), step(coeff)), 2));
    const relu = mul(clipByValue(x, 0, Infinity), step(x));
    return add(add(sub(relu, silu), softplus), linear);
  });
}

/** [dx], or [dx, dbeta, dcoeff] with the parameters' gradients summed to the parameters' shapes. */
export function composedCtuGrad({ dy, x, beta, coeff }: DifferentiatedCtu, wrt: 'x' | 'all'): Tensor[] {
  return tidy(() => {
    const range = storesFloat16() ? FLOAT16 : FLOAT32;
    const s = temperature(beta, range);
    const positive = step(x);
    const capped = clipByValue(x, -range.max, range.max);
    const u = add(cappedQuotient(capped, s, range), mul(positive, 0));
    const v = mul(u, beta);
    const p = sigmoid(neg(v));
    const slope = mul(p, sub(1, p));
    const q = sigmoid(neg(u));
    const oneMinusC = sub(1, coeff);

    const even = add(mul(sub(p, mul(v, slope)), coeff), mul(q, oneMinusC));
    const dx = mul(dy, add(even, mul(positive, sub(1, mul(even, 2)))));
    if (wrt === 'x') return [dx];

    const log1pExp = neg(log1p(neg(q)));
    const line = mul(mul(slope, mul(coeff, 1 + EPSILON)), u);
    const siluPart = mul(range === FLOAT16 ? minimum(line, div(range.max, maximum(u, 1))) : line, u);
    const entropy = add(mul(u, q), log1pExp);
    const dbeta = mul(dy, sub(siluPart, mul(entropy, oneMinusC)));

    const beyondCap = mul(clipByValue(abs(sub(x, capped)), 0, range.max), mul(isZero(beta), 2));
    const dcoeff = mul(dy, neg(add(mul(add(mul(u, p), log1pExp), s), beyondCap)));
    return [dx, sumToSuffix(dbeta, beta.shape), sumToSuffix(dcoeff, coeff.shape)];
  });
}

function temperature(beta: Tensor, { epsilon }: Range): Tensor {
  return add(sub(1, beta), epsilon);
}

/** |x| / s for finite x, kept finite: division by a temperature below 1 may overflow. */
function cappedQuotient(x: Tensor, s: Tensor, range: Range): Tensor {
  if (range === FLOAT16) return div(minimum(abs(x), mul(s, range.max)), s);
  return clipByValue(div(abs(x), s), 0, range.max);
}

/** 1 where beta = 0, else 0, as float32. */
function isZero(beta: Tensor): Tensor {
  return sub(1, step(beta));
}

function sumToSuffix(t: Tensor, suffix: number[]): Tensor {
  const leading = Array.from({ length: t.rank - suffix.length }, (_, axis) => axis);
  return leading.length === 0 ? t : sum(t, leading);
}
