// The Curvature Tuning activation and its derivatives: the one text that every ISA and CUDA compile.
//
// Included once by each of them, into a namespace of its own that has defined, for its type F of one or more float32:
//
//     CTU_INLINE           the attributes of an inline function
//     least(a, b)          b < a ? b : a, so the first where either is NaN
//     most(a, b)           a < b ? b : a, likewise
//     magnitude(a)         |a|
//     powerOfTwo(a)        the bits of a, shifted left by 23, as a number
//     whereX(x, a, b)      x > 0 ? a : b
//
// All exponentials are powers of two, so that with r = log2(e) / s, s = 1 - beta + epsilon, and g = beta * r
//
//     u = |x| * r, v = |x| * g,   sigmoid(-v) = p = 2^-v / (1 + 2^-v),   L = log2(1 + 2^-u)
//     y = max(x, 0) - c * p * |x| + (1 - c) * s * ln 2 * L
//
// and what depends on the parameters alone is computed once per parameter. The float64 truth is src/math.ts of
// @curvature-tuning/activation; the coefficients come from its native/coefficients.mjs.

#ifndef CTU_CONSTANTS
#define CTU_CONSTANTS
#define CTU_LN2 0.693147180559945309417
#define CTU_LOG2E 1.44269504088896340736
#define CTU_EPSILON 1e-6
#endif

// What an element needs of its parameters.
struct Parameters {
  F r;        // log2(e) / s
  F g;        // beta * r
  F mostByR;  // 127 / r: from here on 2^-u is 0
  F mostByG;  // 127 / g, likewise for 2^-v, or the largest float
  F c;        // c
  F m;        // (1 - c) * s * ln 2
  F d;        // 1 - c
  F cl;       // c * ln 2
  F dl;       // (1 - c) * ln 2
  F cll;      // c * (1 + epsilon) * (ln 2)^2
  F sl;       // s * ln 2, NaN where c is: d phi / dc does not otherwise contain c
};

// 2^-(a * b) for 0 <= a * b <= 127, relative error 1.6e-7. Adding 1.5 * 2^23 rounds the product to an integer, which
// the low bits then hold; the 127 added makes them the exponent field. At 127 that field is 0: the result is exactly
// 0, not 2^-127. With fused multiply-add the product is never rounded.
CTU_INLINE F exp2neg(F a, F b) {
  const float magic = 12582912.0f + 127.0f;
  const F shifted = magic - a * b;
  const F scale = powerOfTwo(shifted);
  const F f = (magic - shifted) - a * b;
  const F p = (((1.326472720e-3f * f + 9.671512639e-3f) * f + 5.550733743e-2f) * f + 2.402224209e-1f) * f + 6.931469776e-1f;
  return scale + (f * scale) * p;
}

// log2(1 + e) for 0 <= e <= 1 as 2 / ln 2 * atanh(z), z = e / (2 + e): 1.6e-7, minimax in z^2.
CTU_INLINE F log2of1plus(F e) {
  const F z = e / (e + 2.0f);
  const F w = z * z;
  return z * (((4.937775342e-1f * w + 5.711551945e-1f) * w + 9.619313870e-1f) * w + 2.885389607f);
}

// phi. NaN of x, beta or c arrives through the other summands, so infinity * 0 may become 0 in the SiLU part.
CTU_INLINE F value(F x, const Parameters& of) {
  const F a = magnitude(x);
  const F ev = exp2neg(least(a, of.mostByG), of.g);
  const F eu = exp2neg(least(a, of.mostByR), of.r);
  const F silu = most(F{}, ((of.c * a) * ev) / (ev + 1.0f));
  // c * p <= 1/2, so x / 2 bounds the difference from below; at beta = 0 that makes infinity of infinity - infinity.
  return most(x * 0.5f, most(x, F{}) - silu) + of.m * log2of1plus(eu);
}

// dy * d phi / dx.
CTU_INLINE F slope(F x, F dy, const Parameters& of) {
  const F a = magnitude(x);
  const F bounded = least(a, of.mostByG);
  const F ev = exp2neg(bounded, of.g);
  const F eu = exp2neg(least(a, of.mostByR), of.r);
  const F rest = 1.0f / (ev + 1.0f);  // 1 - p
  const F even = (ev * rest) * (of.c - of.cl * (bounded * of.g) * rest) + of.d * (eu / (eu + 1.0f));
  return dy * whereX(x, 1.0f - even, even);
}

// The same; also adds dy * d phi / dbeta to dbeta, and to dcoeff minus dy * d phi / dc.
CTU_INLINE F slopes(F x, F dy, const Parameters& of, F& dbeta, F& dcoeff) {
  const F a = magnitude(x);
  const F boundedByG = least(a, of.mostByG), boundedByR = least(a, of.mostByR);
  const F ev = exp2neg(boundedByG, of.g);
  const F eu = exp2neg(boundedByR, of.r);
  const F rest = 1.0f / (ev + 1.0f);
  const F p = ev * rest;
  const F q = eu / (eu + 1.0f);
  const F even = p * (of.c - of.cl * (boundedByG * of.g) * rest) + of.d * q;
  const F l = log2of1plus(eu);
  // u * p before u * (1 - p): the product overflows only where the exact one does.
  const F u = a * of.r;
  const F silu = most(F{}, (of.cll * p * u) * (rest * u));
  dbeta += dy * (silu - of.dl * ((boundedByR * of.r) * q + l));
  dcoeff += dy * (most(F{}, a * p) + of.sl * l);
  return dy * whereX(x, 1.0f - even, even);
}
