// The sums of Pillow's resampling, in units of 2^-22: bytes times weights, added up in int32, rounded to bytes.
// src/images/resample.ts says which weights, and has the same in JavaScript.
#include <stdint.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define PRECISION 22
#define HALF (1 << (PRECISION - 1))

static inline uint8_t to_byte(int32_t sum) {
  int32_t value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

// One row of `channels` bytes a pixel into `count` pixels. `first`: the first pixel of each sum, `begin`: where its
// weights begin, with the end of the last.
//
// Three channels with SIMD: weights come in fours, zeros after the last, as four int32 of two int16 each: w >> 11 of
// the first two, w & 2047 of them, and of the other two. So two bytes meet their weights in one instruction, and the
// sums are the same. Fifteen bytes behind the row may be read, and one behind the output written.
EXPORT(narrow)
(const uint8_t *row, uint8_t *out, int32_t count, int32_t channels, const int32_t *first, const int32_t *begin,
 const int32_t *weights) {
#ifdef __wasm_simd128__
  if (channels == 3) {
    const v128_t none = wasm_i32x4_splat(0);
    for (int32_t i = 0; i < count; i++) {
      const uint8_t *pixel = row + 3 * first[i];
      v128_t high = none, low = wasm_i32x4_splat(HALF);
      for (int32_t k = begin[i]; k < begin[i + 1]; k += 4, pixel += 12) {
        v128_t pairs =
            wasm_i8x16_shuffle(wasm_v128_load(pixel), none, 0, 3, 1, 4, 2, 5, 16, 16, 6, 9, 7, 10, 8, 11, 16, 16);
        v128_t two = wasm_u16x8_extend_low_u8x16(pairs), more = wasm_u16x8_extend_high_u8x16(pairs);
        high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(two, wasm_v128_load32_splat(weights + k)));
        low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(two, wasm_v128_load32_splat(weights + k + 1)));
        high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(more, wasm_v128_load32_splat(weights + k + 2)));
        low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(more, wasm_v128_load32_splat(weights + k + 3)));
      }
      v128_t sum = wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_shl(high, 11), low), PRECISION);
      v128_t words = wasm_i16x8_narrow_i32x4(sum, sum);
      // The fourth byte is the next pixel's, which comes after.
      wasm_v128_store32_lane(out, wasm_u8x16_narrow_i16x8(words, words), 0);
      out += 3;
    }
    return;
  }
#endif
  for (int32_t i = 0; i < count; i++)
    for (int32_t c = 0; c < channels; c++) {
      const uint8_t *value = row + first[i] * channels + c;
      int32_t sum = HALF;
      for (int32_t k = begin[i]; k < begin[i + 1]; k++, value += channels) sum += *value * weights[k];
      *out++ = to_byte(sum);
    }
}

// A row of sums over `count` rows of `stride` bytes, a multiple of 16, from the row `from` of a ring of `span` rows.
// All `stride` bytes are written.
EXPORT(blend)
(const uint8_t *ring, int32_t span, int32_t stride, int32_t from, int32_t count, const int32_t *weights, uint8_t *out) {
#ifdef __wasm_simd128__
  for (int32_t i = 0; i < stride; i += 16) {
    v128_t a = wasm_i32x4_splat(HALF), b = a, c = a, d = a;
    for (int32_t k = 0, row = from; k < count; k++, row = row + 1 == span ? 0 : row + 1) {
      v128_t bytes = wasm_v128_load(ring + row * stride + i), weight = wasm_v128_load32_splat(weights + k);
      v128_t low = wasm_u16x8_extend_low_u8x16(bytes), high = wasm_u16x8_extend_high_u8x16(bytes);
      a = wasm_i32x4_add(a, wasm_i32x4_mul(wasm_u32x4_extend_low_u16x8(low), weight));
      b = wasm_i32x4_add(b, wasm_i32x4_mul(wasm_u32x4_extend_high_u16x8(low), weight));
      c = wasm_i32x4_add(c, wasm_i32x4_mul(wasm_u32x4_extend_low_u16x8(high), weight));
      d = wasm_i32x4_add(d, wasm_i32x4_mul(wasm_u32x4_extend_high_u16x8(high), weight));
    }
    v128_t first = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a, PRECISION), wasm_i32x4_shr(b, PRECISION));
    v128_t second = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(c, PRECISION), wasm_i32x4_shr(d, PRECISION));
    wasm_v128_store(out + i, wasm_u8x16_narrow_i16x8(first, second));
  }
#else
  for (int32_t i = 0; i < stride; i++) {
    int32_t sum = HALF;
    for (int32_t k = 0, row = from; k < count; k++, row = row + 1 == span ? 0 : row + 1)
      sum += ring[row * stride + i] * weights[k];
    out[i] = to_byte(sum);
  }
#endif
}
