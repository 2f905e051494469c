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
//     y = x * (x > 0 ? 1 - c * p : c * p) + (1 - c) * s * ln 2 * L
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
  F r;       // log2(e) / s
  F g;       // beta * r
  F mostByR; // 127 / r: from here on 2^-u is 0
  F mostByG; // 127 / g, likewise for 2^-v, or the largest float
  F lowest;  // from here on down c * p * x is 0: -mostByG; -infinity where even there it is not
  F c;       // c
  F m;       // (1 - c) * s * ln 2
  F d;       // 1 - c
  F cl;      // c * ln 2
  F dl;      // (1 - c) * ln 2
  F cll;     // c * (1 + epsilon) * (ln 2)^2
  F sl;      // s * ln 2, NaN where c is: d phi / dc does not otherwise contain c
};

// 2^-(a * b) for 0 <= a * b <= 127, relative error 1.6e-7. Adding 1.5 * 2^23 rounds the product to an integer, which
// the low bits then hold; the 127 added makes them the exponent field. At 127 that field is 0: the result is exactly
// 0, not 2^-127. With fused multiply-add the product is never rounded.
CTU_INLINE F exp2neg(F a, F b) {
  const float magic = 12582912.0f + 127.0f;
  const F shifted = magic - a * b;
  const F scale = powerOfTwo(shifted);
  const F f = (magic - shifted) - a * b;
  const F p =
      (((1.326472720e-3f * f + 9.671512639e-3f) * f + 5.550733743e-2f) * f + 2.402224209e-1f) * f + 6.931469776e-1f;
  return scale + (f * scale) * p;
}

// log2(1 + e) for 0 <= e <= 1, relative error 1.9e-7. The series of atanh is shorter, but begins with a division.
CTU_INLINE F log2of1plus(F e) {
  const F high = ((-1.231947398e-2f * e + 6.360789366e-2f) * e - 1.553518741e-1f) * e + 2.560097187e-1f;
  return e * ((((high * e - 3.533948275e-1f) * e + 4.800636965e-1f) * e - 7.213100882e-1f) * e + 1.442694761f);
}

// The powers that everything below is made of. A step of its own, so that a loop can do it for many elements first:
// the two halves of the work, each half as long a chain of dependent instructions, overlap better with their
// neighbours.
struct Powers {
  F v; // 2^-v
  F u; // 2^-u
};
CTU_INLINE Powers powers(F x, const Parameters &of) {
  const F a = magnitude(x);
  return {exp2neg(least(a, of.mostByG), of.g), exp2neg(least(a, of.mostByR), of.r)};
}

// phi; like the next two, of x and powers(x, of).
CTU_INLINE F value(F x, Powers e, const Parameters &of) {
  const F cp = (of.c * e.v) / (e.v + 1.0f);
  // Bounded, because -infinity * 0 would be NaN.
  return most(x, of.lowest) * whereX(x, 1.0f - cp, cp) + of.m * log2of1plus(e.u);
}

// dy * d phi / dx.
CTU_INLINE F slope(F x, F dy, Powers e, const Parameters &of) {
  const F v = least(magnitude(x), of.mostByG) * of.g;
  const F rest = 1.0f / (e.v + 1.0f); // 1 - p
  const F even = (e.v * rest) * (of.c - of.cl * v * rest) + of.d * (e.u / (e.u + 1.0f));
  return dy * whereX(x, 1.0f - even, even);
}

// The same; also adds dy * d phi / dbeta to dbeta, and to dcoeff minus dy * d phi / dc.
CTU_INLINE F slopes(F x, F dy, Powers e, const Parameters &of, F &dbeta, F &dcoeff) {
  const F a = magnitude(x);
  const F v = least(a, of.mostByG) * of.g;
  const F rest = 1.0f / (e.v + 1.0f);
  const F p = e.v * rest;
  const F q = e.u / (e.u + 1.0f);
  const F even = p * (of.c - of.cl * v * rest) + of.d * q;
  const F l = log2of1plus(e.u);
  // u * p before u * (1 - p): the product overflows only where the exact one does.
  const F u = a * of.r;
  const F silu = most(F{}, (of.cll * p * u) * (rest * u));
  dbeta += dy * (silu - of.dl * ((least(a, of.mostByR) * of.r) * q + l));
  dcoeff += dy * (most(F{}, a * p) + of.sl * l);
  return dy * whereX(x, 1.0f - even, even);
}
