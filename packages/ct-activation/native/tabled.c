// The unit where all elements have the same beta and c: from a table, in two fifths of the time of ctu.c.
//
//     y = max(x, 0) + E(|x|),   clipped: min(max(x, 0), m) + E(|x|) - E(|x - m|)
//
// E is phi's even part; src/kernels/wasm/evenTable.ts makes its table. Entry i holds a cubic about |x| * k = i.
#include "unit.h"

typedef struct {
  u32 base;    // the address of entry 0, less what the bits of ROUND make of the index
  float last;  // the entry that is zero, and what E is from there on
  float k;
} Table;

// Adding it rounds to an integer, which the low bits then hold.
#define ROUND 12582912.0f
#define ROUND_BITS 0x4B400000u
#define ENTRY 16

// E of |x|. NaN, which x itself carries into y, is taken for the last entry: its bits would be no address.
#ifdef __wasm_simd128__
INLINE v128_t evenOfFour(v128_t t, u32 base) {
  const v128_t round = wasm_f32x4_splat(ROUND);
  v128_t shifted = wasm_f32x4_add(t, round);
  v128_t f = wasm_f32x4_sub(t, wasm_f32x4_sub(shifted, round));
  v128_t at = wasm_i32x4_mul(shifted, wasm_i32x4_splat(ENTRY));
#define ENTRY_OF(lane) wasm_v128_load((const void *)(base + (u32)wasm_i32x4_extract_lane(at, lane)))
  v128_t p = ENTRY_OF(0), q = ENTRY_OF(1), r = ENTRY_OF(2), s = ENTRY_OF(3);
#undef ENTRY_OF
  // Four entries of four coefficients become four coefficients of four elements.
  v128_t pq = wasm_i32x4_shuffle(p, q, 0, 4, 1, 5), rs = wasm_i32x4_shuffle(r, s, 0, 4, 1, 5);
  v128_t high = wasm_i32x4_shuffle(p, q, 2, 6, 3, 7), higher = wasm_i32x4_shuffle(r, s, 2, 6, 3, 7);
  v128_t sum = wasm_i64x2_shuffle(high, higher, 1, 3);
  sum = wasm_f32x4_add(wasm_i64x2_shuffle(high, higher, 0, 2), wasm_f32x4_mul(f, sum));
  sum = wasm_f32x4_add(wasm_i64x2_shuffle(pq, rs, 1, 3), wasm_f32x4_mul(f, sum));
  return wasm_f32x4_add(wasm_i64x2_shuffle(pq, rs, 0, 2), wasm_f32x4_mul(f, sum));
}
INLINE F even(F x, Table of) {
  F t = least(SPLAT(of.last), magnitude(x) * SPLAT(of.k));
  return join(evenOfFour(HALF(t, 0), of.base), evenOfFour(HALF(t, 4), of.base));
}
#else
INLINE F even(F x, Table of) {
  F t = least(of.last, magnitude(x) * of.k), shifted = t + ROUND, f = t - (shifted - ROUND);
  const float *c = (const float *)(of.base + (u32)bits(shifted) * ENTRY);
  return c[0] + f * (c[1] + f * (c[2] + f * c[3]));
}
#endif

// u, as formValue of unit.h has it.
INLINE F tabledValue(F z, float clip, int near, Table of) {
  if (clip == INFINITE) return most(z, SPLAT(0.0f)) + even(z, of);
  F m = SPLAT(clip), other = m - z;
  if (!near) return least(most(z, SPLAT(0.0f)), m) + (even(z, of) - even(other, of));
  F w = least(z, other);
  F u = most(w, SPLAT(0.0f)) + even(w, of);
  I high = MASK(z > other);
  return number(bits(u) ^ (high & (int)0x80000000)) + number(bits(m) & high);
}

// For each group of WIDTH elements, the first of which is `at`. The last group takes elements of the one before it
// along: what is written twice is the same.
#define EACH(n) for (u32 i = 0, at = 0; i < n; i += WIDTH, at = i + WIDTH <= n ? i : n - WIDTH)

INLINE void walk(const float *x, float *y, u32 n, float m, int near, Table of) {
  EACH(n) *(Unaligned *)(y + at) = tabledValue(*(const Unaligned *)(x + at), m, near, of);
}

// y[n] from x[n], n >= 8, by a table whose entry `last` is zero.
void EXPORT(ctu_tabled)(const float *x, float *y, u32 n, u32 table, u32 last, float k, float m, float alpha) {
  Table of = {table - ROUND_BITS * ENTRY, (float)last, k};
  // Each a loop without branches.
  if (m == INFINITE)
    walk(x, y, n, INFINITE, 0, of);
  else if (0.5f * m * k >= of.last)
    walk(x, y, n, m, 1, of);
  else
    walk(x, y, n, m, 0, of);
  if (alpha == 0.0f) return;
  for (u32 i = 0; i < n; i++) y[i] = alpha * x[i] + (1.0f - alpha) * y[i];
}
