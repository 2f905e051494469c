// The Curvature Tuning activation and its derivatives: the one text that every ISA and CUDA compile.
//
// Included once by each of them, into a namespace of its own that has defined, for its type F of one or more float32:
//
//     CTU_INLINE           the attributes of an inline function
//     least(a, b)          the smaller; where a is NaN, either
//     most(a, b)           the larger; a where b is NaN
//     magnitude(a)         |a|
//     powerOfTwo(a)        the bits of a, shifted left by 23, as a number
//     quotient(a, b)       a / b for b in [1, 2]
//     wherePositive(x, a, b)  x > 0 ? a : b
//
// and CTU_EXP2 where it has exp2Of(a), 2^a for any a and 0 from -127 on down, that costs less than the polynomial here,
// and fused(a, b, c), a * b + c rounded once. form.h is included before.
//
// All exponentials are powers of two, so that with r = log2(e) / s, s = 1 - beta + epsilon, and g = beta * r
//
//     u = |x| * r, v = |x| * g,   sigmoid(-v) = p = 2^-v / (1 + 2^-v),   L = log2(1 + 2^-u)
//     y = x * (x > 0 ? 1 - c * p : c * p) + (1 - c) * s * ln 2 * L
//
// and what takes a division or depends on both parameters is computed once per parameter, what is one product more is
// not: a card keeps four of these structures in registers. The float64 truth is src/math.ts of
// @curvature-tuning/activation; the coefficients come from its native/coefficients.mjs.

#ifndef CTU_CONSTANTS
#define CTU_CONSTANTS
#define CTU_LN2 0.693147180559945309417
#define CTU_LOG2E 1.44269504088896340736
#define CTU_EPSILON 1e-6
#endif

// What an element needs of its parameters.
struct Parameters {
  F r;  // log2(e) / s
  F g;  // beta * r
  F c;  // c
  F sl; // s * ln 2, NaN where c is: d phi / dc does not otherwise contain c
  F m;  // (1 - c) * s * ln 2
#ifdef CTU_EXP2
  F gRest; // what rounding took from g
#else
  F mostByR; // 127 / r: from here on 2^-u is 0
  F mostByG; // 127 / g, likewise for 2^-v, or the largest float
#endif
};

// The powers that everything below is made of. A step of its own, so that a loop can do it for many elements first:
// the two halves of the work, each half as long a chain of dependent instructions, overlap better with their
// neighbours.
struct Powers {
  F v; // 2^-v
  F u; // 2^-u
};

// Below, u and v are bounded to 127, because infinity * 0 would be NaN: there the powers are 0. NaN in x, beta and c
// shows in 2^-u and in the parameters.
#ifdef CTU_EXP2
CTU_INLINE F boundedV(F a, const Parameters &of) { return least(least(a, 3.4028234663852886e38f) * of.g, 127.0f); }
CTU_INLINE F boundedU(F a, const Parameters &of) { return least(a * of.r, 127.0f); }
CTU_INLINE Powers powers(F x, const Parameters &of) {
  const F a = magnitude(x), finite = least(a, 3.4028234663852886e38f), v = boundedV(a, of);
  // What rounding took from v, which shows v times as large in 2^-v. Where v is bounded 2^-v is 0, and this finite.
  const F rest = least(fused(finite, of.g, -v) + finite * of.gRest, 1.0f);
  const F power = exp2Of(-v);
  return {fused(power, (float)-CTU_LN2 * rest, power), exp2Of(-(a * of.r))};
}
#else
CTU_INLINE F boundedV(F a, const Parameters &of) { return least(a, of.mostByG) * of.g; }
CTU_INLINE F boundedU(F a, const Parameters &of) { return least(a, of.mostByR) * of.r; }

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
CTU_INLINE Powers powers(F x, const Parameters &of) {
  const F a = magnitude(x);
  return {exp2neg(least(a, of.mostByG), of.g), exp2neg(least(a, of.mostByR), of.r)};
}
#endif

// log2(1 + e) for 0 <= e <= 1, relative error 1.9e-7. The series of atanh is shorter, but begins with a division.
CTU_INLINE F log2of1plus(F e) {
  const F high = ((-1.231947398e-2f * e + 6.360789366e-2f) * e - 1.553518741e-1f) * e + 2.560097187e-1f;
  return e * ((((high * e - 3.533948275e-1f) * e + 4.800636965e-1f) * e - 7.213100882e-1f) * e + 1.442694761f);
}

// phi; like the next two, of x and powers(x, of).
CTU_INLINE F value(F x, Powers e, const Parameters &of) {
  const F cp = quotient(of.c * e.v, e.v + 1.0f);
  // -infinity * 0 would be NaN.
  return wherePositive(x, x * (1.0f - cp), wherePositive(cp, x * cp, F{})) + of.m * log2of1plus(e.u);
}

// d phi / dx at -|x|, from p, rest = 1 - p and q = sigmoid(-u): (1 - c) * q + c * (p - v * p * (1 - p)).
CTU_INLINE F evenSlope(F v, F p, F rest, F q, const Parameters &of) {
  return of.c * (p * (1.0f - (float)CTU_LN2 * v * rest) - q) + q;
}

// dy * d phi / dx.
CTU_INLINE F slope(F x, F dy, Powers e, const Parameters &of) {
  const F rest = quotient(1.0f, e.v + 1.0f); // 1 - p
  const F even = evenSlope(boundedV(magnitude(x), of), e.v * rest, rest, quotient(e.u, e.u + 1.0f), of);
  return dy * wherePositive(x, 1.0f - even, even);
}

// The same; also adds dy * d phi / dbeta to dbeta, and to dcoeff minus dy * d phi / dc.
CTU_INLINE F slopes(F x, F dy, Powers e, const Parameters &of, F &dbeta, F &dcoeff) {
  const F a = magnitude(x);
  const F rest = quotient(1.0f, e.v + 1.0f);
  const F p = e.v * rest;
  const F q = quotient(e.u, e.u + 1.0f);
  const F even = evenSlope(boundedV(a, of), p, rest, q, of);
  const F l = log2of1plus(e.u);
  // u * p before u * (1 - p): the product overflows only where the exact one does.
  const F u = a * of.r;
  const F silu = most(F{}, (of.c * p * u) * ((float)((1.0 + CTU_EPSILON) * CTU_LN2 * CTU_LN2) * rest * u));
  const F entropy = (float)CTU_LN2 * (boundedU(a, of) * q + l);
  dbeta += dy * (silu - (entropy - of.c * entropy));
  dcoeff += dy * (most(F{}, a * p) + of.sl * l);
  return dy * wherePositive(x, 1.0f - even, even);
}

// phi(x) - max(x, 0), an even function.
CTU_INLINE F evenValue(F x, Powers e, const Parameters &of) {
  const F cp = quotient(of.c * e.v, e.v + 1.0f);
  return of.m * log2of1plus(e.u) - wherePositive(cp, magnitude(x) * cp, F{});
}

// The same three of a unit with a form; `above` are the powers of x - maxValue where it clips. Whether it leaks is the
// same for all elements.

// The even parts do not cancel where x is large.
template <bool clips>
CTU_INLINE F formValue(F x, Powers e, Powers above, const Parameters &of, Form form) {
  F u = value(x, e, of);
  if (clips) {
    const F bounded = least(most(F{}, x), F{} + form.maxValue);
    u = bounded + (evenValue(x, e, of) - evenValue(x - form.maxValue, above, of));
  }
  return form.alpha == 0.0f ? u : x * form.alpha + u * (1.0f - form.alpha);
}

template <bool clips>
CTU_INLINE F formSlope(F x, F dy, Powers e, Powers above, const Parameters &of, Form form) {
  const F g = form.alpha == 0.0f ? dy : dy * (1.0f - form.alpha);
  F dx = slope(x, g, e, of);
  if (clips) dx += slope(x - form.maxValue, 0.0f - g, above, of);
  return form.alpha == 0.0f ? dx : dy * form.alpha + dx;
}

template <bool clips>
CTU_INLINE F formSlopes(F x, F dy, Powers e, Powers above, const Parameters &of, Form form, F &dbeta, F &dcoeff) {
  const F g = form.alpha == 0.0f ? dy : dy * (1.0f - form.alpha);
  F dx = slopes(x, g, e, of, dbeta, dcoeff);
  if (clips) dx += slopes(x - form.maxValue, 0.0f - g, above, of, dbeta, dcoeff);
  return form.alpha == 0.0f ? dx : dy * form.alpha + dx;
}
