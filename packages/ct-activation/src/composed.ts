/**
 * The activation and its derivatives composed of stock tfjs ops: what `ctu` runs where no fused kernel is registered.
 *
 * The forms are those of math.ts; every op has a tfjs gradient, so that the backward pass can be differentiated too.
 * float32 and the differences between backends want care in five places:
 * - the temperature is (1 − beta) + EPSILON in this order: near beta = 1 the difference is exact and EPSILON survives;
 * - x is capped at the largest float32, so that an infinity never meets a zero factor;
 * - what the cap cut off comes back where the limit is infinite: 2 · FLOAT32_MAX overflows on purpose;
 * - a clipped NaN is a number on wasm, and relu(−infinity) is NaN on webgl: `step` is right everywhere. (On webgl an
 *   infinity that shares a texel with a NaN still becomes NaN, in stock Clip; the fused kernels have no such flaw.)
 * - log1p(exp(−u)) is taken as −log(sigmoid(u)), or −log1p(−sigmoid(−u)) where the sigmoid is needed anyway, because
 *   stock Exp and Softplus cost 15 times a Sigmoid on wasm.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { abs, add, clipByValue, div, log, log1p, mul, neg, sigmoid, step, sub, sum, tidy } from '@tensorflow/tfjs-core';
import { EPSILON } from './math.js';

const FLOAT32_MAX = 3.4028234663852886e38;

/** phi(x; beta, coeff); the shapes of beta and coeff are suffixes of x's. */
export function composedCtu(x: Tensor, beta: Tensor, coeff: Tensor): Tensor {
  return tidy(() => {
    const s = temperature(beta);
    const capped = clipByValue(x, -FLOAT32_MAX, FLOAT32_MAX);
    const u = cappedQuotient(capped, s);
    const silu = mul(mul(u, sigmoid(mul(u, neg(beta)))), mul(coeff, s));
    const softplus = mul(log(sigmoid(u)), mul(sub(coeff, 1), s));
    const linear = mul(clipByValue(sub(x, capped), -FLOAT32_MAX, 0), mul(mul(isZero(beta), step(coeff)), 2));
    const relu = mul(clipByValue(x, 0, Infinity), step(x));
    return add(add(sub(relu, silu), softplus), linear);
  });
}

/** [dx], or [dx, dbeta, dcoeff] with the parameters' gradients summed to the parameters' shapes. */
export function composedCtuGrad(dy: Tensor, x: Tensor, beta: Tensor, coeff: Tensor, wrt: 'x' | 'all'): Tensor[] {
  return tidy(() => {
    const s = temperature(beta);
    const positive = step(x);
    const capped = clipByValue(x, -FLOAT32_MAX, FLOAT32_MAX);
    const u = add(cappedQuotient(capped, s), mul(positive, 0));
    const v = mul(u, beta);
    const p = sigmoid(neg(v));
    const slope = mul(p, sub(1, p));
    const q = sigmoid(neg(u));
    const oneMinusC = sub(1, coeff);

    const even = add(mul(sub(p, mul(v, slope)), coeff), mul(q, oneMinusC));
    const dx = mul(dy, add(even, mul(positive, sub(1, mul(even, 2)))));
    if (wrt === 'x') return [dx];

    const log1pExp = neg(log1p(neg(q)));
    const siluPart = mul(mul(mul(slope, mul(coeff, 1 + EPSILON)), u), u);
    const entropy = add(mul(u, q), log1pExp);
    const dbeta = mul(dy, sub(siluPart, mul(entropy, oneMinusC)));

    const beyondCap = mul(clipByValue(abs(sub(x, capped)), 0, FLOAT32_MAX), mul(isZero(beta), 2));
    const dcoeff = mul(dy, neg(add(mul(add(mul(u, p), log1pExp), s), beyondCap)));
    return [dx, sumToSuffix(dbeta, beta.shape), sumToSuffix(dcoeff, coeff.shape)];
  });
}

function temperature(beta: Tensor): Tensor {
  return add(sub(1, beta), EPSILON);
}

/** |x| / s for finite x, kept finite: division by a temperature below 1 may overflow. */
function cappedQuotient(x: Tensor, s: Tensor): Tensor {
  return clipByValue(div(abs(x), s), 0, FLOAT32_MAX);
}

/** 1 where beta = 0, else 0, as float32. */
function isZero(beta: Tensor): Tensor {
  return sub(1, step(beta));
}

function sumToSuffix(t: Tensor, suffix: number[]): Tensor {
  const leading = Array.from({ length: t.rank - suffix.length }, (_, axis) => axis);
  return leading.length === 0 ? t : sum(t, leading);
}
