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
// weights begin, with the end of the last. Three bytes behind the row may be read.
EXPORT(narrow)(const uint8_t *row, uint8_t *out, int32_t count, int32_t channels, const int32_t *first,
               const int32_t *begin, const int32_t *weights) {
#ifdef __wasm_simd128__
  if (channels == 3) {
    for (int32_t i = 0; i < count; i++) {
      const uint8_t *pixel = row + 3 * first[i];
      v128_t sum = wasm_i32x4_splat(HALF);
      for (int32_t k = begin[i]; k < begin[i + 1]; k++, pixel += 3) {
        v128_t bytes = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(pixel)));
        sum = wasm_i32x4_add(sum, wasm_i32x4_mul(bytes, wasm_v128_load32_splat(weights + k)));
      }
      sum = wasm_i32x4_shr(sum, PRECISION);
      v128_t words = wasm_i16x8_narrow_i32x4(sum, sum);
      v128_t result = wasm_u8x16_narrow_i16x8(words, words);
      out[0] = wasm_u8x16_extract_lane(result, 0);
      out[1] = wasm_u8x16_extract_lane(result, 1);
      out[2] = wasm_u8x16_extract_lane(result, 2);
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

// Adds a row of `length` bytes, a multiple of 16, times its weight to the sums of an output row.
EXPORT(accumulate)(int32_t *sums, const uint8_t *row, int32_t weight, int32_t length) {
#ifdef __wasm_simd128__
  v128_t factor = wasm_i32x4_splat(weight);
  for (int32_t i = 0; i < length; i += 16) {
    v128_t bytes = wasm_v128_load(row + i);
    v128_t low = wasm_u16x8_extend_low_u8x16(bytes), high = wasm_u16x8_extend_high_u8x16(bytes);
#define ADD(at, values) \
  wasm_v128_store(sums + i + at, wasm_i32x4_add(wasm_v128_load(sums + i + at), wasm_i32x4_mul(values, factor)))
    ADD(0, wasm_u32x4_extend_low_u16x8(low));
    ADD(4, wasm_u32x4_extend_high_u16x8(low));
    ADD(8, wasm_u32x4_extend_low_u16x8(high));
    ADD(12, wasm_u32x4_extend_high_u16x8(high));
#undef ADD
  }
#else
  for (int32_t i = 0; i < length; i++) sums[i] += row[i] * weight;
#endif
}

// The bytes of finished sums.
EXPORT(finish)(const int32_t *sums, uint8_t *out, int32_t length) {
  for (int32_t i = 0; i < length; i++) out[i] = to_byte(sums[i]);
}
