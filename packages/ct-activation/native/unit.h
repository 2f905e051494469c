// The unit on vectors of float32: what the kernels of this folder are made of.
//
// Formulas: src/math.ts. Here all exponentials are powers of two, so that with r = log2(e) / s and g = beta * r
//
//     u = |x| * r, v = |x| * g,   sigmoid(-v) = p = 2^-v / (1 + 2^-v),   L = log2(1 + 2^-u)
//     y = max(x, 0) - c * p * |x| + (1 - c) * s * ln 2 * L
//
// and everything that depends on the parameters alone is computed once per parameter, in float64.
//
// Compiled four times by build.mjs: with and without SIMD, for plain and for shared memory. The module shares its
// memory with tfjs, so it must own nothing in it: no static data, no stack, no libc. The caller lends scratch memory.
//
// Fused multiply-add exists in relaxed SIMD only, for which clang 14 emits opcodes that were changed since. Threads
// are not used: those of tfjs cannot be reached from outside its module.
//
// Milliseconds in the comments: one call at [8, 56, 56, 64], Node 20 on an AMD EPYC, fastest of 25.

#pragma once

typedef unsigned int u32;

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
// clang's vector types: the arithmetic operators work lane by lane, on F as on float. Two SIMD registers in one F
// interleave two chains of dependent instructions: 5.5 ms against 6.3 forward, 10.7 against 11.4 backward.
#define WIDTH 8
typedef float F __attribute__((vector_size(32)));
typedef int I __attribute__((vector_size(32)));
typedef float Unaligned __attribute__((vector_size(32), aligned(4)));
#define SPLAT(a) ((F){a, a, a, a, a, a, a, a})
#define MASK(comparison) (comparison)
#else
#define WIDTH 1
typedef float F;
typedef int I;
typedef float Unaligned;
#define SPLAT(a) (a)
#define MASK(comparison) (-(comparison))
#endif

#define INLINE static inline __attribute__((always_inline))
#define EXPORT(name) __attribute__((export_name(#name))) name

// Bit casts.
INLINE I bits(F a) {
  I b;
  __builtin_memcpy(&b, &a, sizeof b);
  return b;
}
INLINE F number(I a) {
  F b;
  __builtin_memcpy(&b, &a, sizeof b);
  return b;
}

// The smaller and the larger of two; the first where either is NaN. One instruction on x86, where IEEE's take five.
#ifdef __wasm_simd128__
#define HALF(a, i) ((v128_t)__builtin_shufflevector(a, a, i, i + 1, i + 2, i + 3))
INLINE F join(v128_t a, v128_t b) { return (F)__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7); }
INLINE F least(F a, F b) {
  return join(wasm_f32x4_pmin(HALF(a, 0), HALF(b, 0)), wasm_f32x4_pmin(HALF(a, 4), HALF(b, 4)));
}
INLINE F most(F a, F b) {
  return join(wasm_f32x4_pmax(HALF(a, 0), HALF(b, 0)), wasm_f32x4_pmax(HALF(a, 4), HALF(b, 4)));
}
#else
INLINE F least(F a, F b) { return b < a ? b : a; }
INLINE F most(F a, F b) { return a < b ? b : a; }
#endif

// What one group of WIDTH neighbours needs of its parameters, and the sums that it has gathered.
typedef struct {
  F r;      // log2(e) / s
  F g;      // beta * r
  F c;      // c
  F m;      // (1 - c) * s * ln 2
  F d;      // 1 - c
  F cl;     // c * ln 2
  F dl;     // (1 - c) * ln 2
  F cll;    // c * (1 + epsilon) * (ln 2)^2
  F sl;     // s * ln 2, NaN where c is: d phi / dc does not otherwise contain c
  F dbeta;  // sum of dy * d phi / dbeta since the last flush
  F dcoeff; // minus the sum of dy * d phi / dc
} Group;

// 2^n.
INLINE float powerOfTwo(int n) {
  int b = (127 + n) << 23;
  float a;
  __builtin_memcpy(&a, &b, sizeof a);
  return a;
}

#define LN2 0.693147180559945309417
#define LOG2E 1.44269504088896340736
#define EPSILON 1e-6 // math.ts

// What u and v are bounded to. There 2^-u and 2^-v are 0, and before by 2^-30 and 2^-100 too small, which float32 does
// not show beside 1: wasm cannot flush subnormal numbers to zero, and one of them, a product or a square of the powers,
// takes as long as ten elements or fifty.
#define LAST_U 30
#define LAST_V 100

// 2^-t - 2^-last for 0 <= t <= last, relative error of 2^-t 1.6e-7. Adding 1.5 * 2^23 rounds t to an integer, which the
// low bits then hold; the 127 added makes them the exponent field.
// Degree 5 is all that float32 shows (9.1e-8 on [-1/2, 1/2], minimax; coefficients.mjs). Estrin's order and
// the early product with the scale shorten the chain that the loop waits for: 6.2 ms against Horner's 7.4 forward.
INLINE F exp2neg(F t, int last) {
  const F magic = SPLAT(12582912.0f + 127.0f);
  F shifted = magic - t;
  F scale = number(bits(shifted) << 23);
  F f = (magic - shifted) - t;
  F f2 = f * f;
  F low = SPLAT(6.931469776e-1f) + SPLAT(2.402224209e-1f) * f;
  F high = (SPLAT(5.550733743e-2f) + SPLAT(9.671512639e-3f) * f) + SPLAT(1.326472720e-3f) * f2;
  return (scale - SPLAT(powerOfTwo(-last))) + (f * scale) * (low + f2 * high);
}

// 2 / ln 2 * atanh(z) for |z| <= 1/3: 1.6e-7, minimax in z^2 (coefficients.mjs).
INLINE F log2OfRatio(F z) {
  F w = z * z;
  F low = SPLAT(2.885389607f) + SPLAT(9.619313870e-1f) * w;
  F high = SPLAT(5.711551945e-1f) + SPLAT(4.937775342e-1f) * w;
  return z * (low + (w * w) * high);
}

// log2(1 + e) for 0 <= e <= 1.
INLINE F log2of1plus(F e) { return log2OfRatio(e / (e + SPLAT(2.0f))); }

INLINE F magnitude(F x) { return number(bits(x) & 0x7fffffff); }

// phi. NaN of x, beta or c arrives through the other summands, so infinity * 0 may become 0 in the SiLU part.
// The two divisions stay apart: taking them from one common denominator cost 8 % (the divider is otherwise idle).
INLINE F value(F x, const Group *of) {
  F a = magnitude(x);
  F ev = exp2neg(least(most(SPLAT(0.0f), a * of->g), SPLAT(LAST_V)), LAST_V);
  F eu = exp2neg(least(a * of->r, SPLAT(LAST_U)), LAST_U);
  F silu = most(SPLAT(0.0f), ((of->c * a) * ev) / (ev + SPLAT(1.0f)));
  // c * p <= 1/2, so x / 2 bounds the difference from below; at beta = 0 that makes infinity of infinity - infinity.
  return most(x * SPLAT(0.5f), most(x, SPLAT(0.0f)) - silu) + of->m * log2of1plus(eu);
}

// dy * d phi / dx; with `all` also adds to the sums of the group.
INLINE F slope(F x, F dy, Group *of, int all) {
  const F one = SPLAT(1.0f);
  F a = magnitude(x);
  F v = least(most(SPLAT(0.0f), a * of->g), SPLAT(LAST_V));
  F unbounded = a * of->r;
  F u = least(unbounded, SPLAT(LAST_U));
  F ev = exp2neg(v, LAST_V);
  F eu = exp2neg(u, LAST_U);
  F rest = one / (ev + one); // 1 - p
  F p = ev * rest;
  F q = eu / (eu + one);
  F even = p * (of->c - of->cl * v * rest) + of->d * q;
  if (all) {
    F l = log2of1plus(eu);
    // u * p before u * (1 - p): the product overflows only where the exact one does.
    F silu = most(SPLAT(0.0f), (of->cll * p * unbounded) * (rest * unbounded));
    of->dbeta += dy * (silu - of->dl * (u * q + l));
    of->dcoeff += dy * (most(SPLAT(0.0f), a * p) + of->sl * l);
  }
  // even for x <= 0, 1 - even for x > 0: the sign bit of the mask turns even over.
  I positive = MASK(x > SPLAT(0.0f));
  return dy * (number(bits(one) & positive) + number(bits(even) ^ (positive & (int)0x80000000)));
}

// The unit clipped at m: min(max(z, 0), m) and the difference of two even parts, which do not cancel where z is
// large. Their quotients have a common denominator, their logarithms are one: log2((1 + a) / (1 + b)) is
// 2 / ln 2 * atanh((a - b) / (2 + a + b)).
INLINE F clippedValue(F z, F m, const Group *of) {
  const F zero = SPLAT(0.0f), one = SPLAT(1.0f);
  F a = magnitude(z), b = magnitude(z - m);
  F ea = exp2neg(least(most(zero, a * of->g), SPLAT(LAST_V)), LAST_V);
  F eb = exp2neg(least(most(zero, b * of->g), SPLAT(LAST_V)), LAST_V);
  F la = exp2neg(least(a * of->r, SPLAT(LAST_U)), LAST_U);
  F lb = exp2neg(least(b * of->r, SPLAT(LAST_U)), LAST_U);
  F sa = most(zero, (of->c * a) * ea), sb = most(zero, (of->c * b) * eb);
  F da = ea + one, db = eb + one;
  F silu = (sa * db - sb * da) / (da * db);
  return (least(most(z, zero), m) - silu) + of->m * log2OfRatio((la - lb) / (la + lb + SPLAT(2.0f)));
}

#define INFINITE __builtin_inff()

// The form of a unit: y = alpha * z + rest * u, with u clipped at m unless m is infinite. The branches go the same way
// in the whole of a tile.
typedef struct {
  float m, alpha, rest;
} Form;

// Whether half the way from 0 to m is so far, by the least of a tile's g, that only the nearer of the two bends counts:
// the other is off by m / 2 * 2^-34 at most. There u = phi(w), or m - phi(w) where m is nearer, w = min(z, m - z).
INLINE int isNear(float m, float g) { return g * (0.5f * m) > 34.0f; }

INLINE F formValue(F z, Form form, int near, const Group *of) {
  F u;
  if (form.m < INFINITE && !near) {
    u = clippedValue(z, SPLAT(form.m), of);
  } else {
    F m = SPLAT(form.m), other = m - z;
    I high = MASK(z > other);
    u = value(near ? least(z, other) : z, of);
    if (near) u = number(bits(u) ^ (high & (int)0x80000000)) + number(bits(m) & high);
  }
  return form.alpha == 0.0f ? u : SPLAT(form.alpha) * z + SPLAT(form.rest) * u;
}

INLINE F formSlope(F z, F dy, Form form, int near, Group *of, int all) {
  F g = form.alpha == 0.0f ? dy : SPLAT(form.rest) * dy;
  F w = z, dz = SPLAT(0.0f), other = SPLAT(form.m) - z;
  I sign = MASK(z > other) & (int)0x80000000;
  if (near) {
    w = least(z, other);
    g = number(bits(g) ^ sign);
  }
  // A loop, so that the code is there once.
  int last = form.m < INFINITE && !near;
#pragma clang loop unroll(disable)
  for (int k = 0; k <= last; k++) {
    dz += slope(w, g, of, all);
    w -= SPLAT(form.m);
    g = -g;
  }
  if (near) dz = number(bits(dz) ^ sign);
  return form.alpha == 0.0f ? dz : SPLAT(form.alpha) * dy + dz;
}

// Elements whose parameters are prepared at a time, which bounds the scratch memory: 15 KB, and the sums.
#define COLUMNS 256
#define TILE (COLUMNS / WIDTH)
// Rows between two flushes of the float32 sums to float64: keeps their rounding near 1e-6 of the sum of magnitudes.
#define ROWS 64

typedef struct {
  const float *of;
  u32 size;
} Parameter;

#define LANE(field, i) ((float *)&tile[(i) / WIDTH].field)[(i) % WIDTH]

// The parameters of one lane of a group; its sums begin at 0.
INLINE void prepareLane(Group *group, u32 lane, double b, double c) {
  double s = 1.0 - b + EPSILON;
  double r = LOG2E / s;
#define SET(field, number) ((float *)&group->field)[lane] = (float)(number)
  SET(r, r);
  SET(g, b * r);
  SET(c, c);
  SET(m, (1.0 - c) * s * LN2);
  SET(d, 1.0 - c);
  SET(cl, c * LN2);
  SET(dl, (1.0 - c) * LN2);
  SET(cll, c * (1.0 + EPSILON) * LN2 * LN2);
  SET(sl, s * LN2 + 0.0 * c);
  SET(dbeta, 0.0);
  SET(dcoeff, 0.0);
#undef SET
}

// Columns of a row for which every group of it is whole, at least four groups: a period of the parameters, or several.
// A sum waits for the one before it in its group: four groups in turn hide that.
INLINE u32 wholeGroups(u32 period) {
  u32 width = period;
  while (width % WIDTH) width += period;
  if (width > 0 && width < 32) width *= (31 + width) / width;
  return width;
}
