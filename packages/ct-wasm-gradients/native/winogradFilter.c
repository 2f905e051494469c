// The gradient of a convolution by 3x3 with strides of 1 in its filter, in tiles of 4x4 outputs as winograd.c has it:
//
//     dfilter[i, o] = G^T (sum over tiles of (B^T in[tile, i] B) * (A dy[tile, o] A^T)) G
//
// At each of the 36 points the sum over tiles is a product of matrices, inputs times outputs.
#include "winograd.h"

// Without SIMD the sums of conv2dFilter.c stay in use.
#ifdef __wasm_simd128__

// Sums in registers: input channels times output channels. At [8, 56, 56, 64] 8 times 8 take 17 ms, 4 times 8
// take 10.6.
#define ROWS 4
#define LANES 8
// Output channels done at a time, as in winograd.c.
#define COLUMNS 64

typedef struct {
  u32 tiles; // done at a time
  u32 inWidth, outWidth;
  u32 inStep, outStep, sumStep; // from one point to the next: of in, out and sums
  Band inBand, outBand;
  float *in;   // [point][tile][i]
  float *out;  // [point][tile][o]
  float *sums; // [point][i][o]
  char *end;
} Scratch;

INLINE Scratch scratchAt(char *p, u32 w, u32 ow, u32 ci, u32 co) {
  const u32 columns = smaller(co, COLUMNS);
  Scratch s;
  // More than in winograd.c: all sums are read and written once for so many.
  s.tiles = 32;
  s.outWidth = roundUp(ow, OUTPUTS);
  s.inWidth = s.outWidth + TAPS - 1;
  s.inBand.step = s.inWidth * ci;
  s.outBand.step = s.outWidth * co;
  // No multiple of a large power of two, which would hit the same cache lines.
  s.inStep = s.tiles * ci + 16;
  s.outStep = s.tiles * columns + 16;
  s.sumStep = ci * columns + 16;
  s.inBand.rows = (float *)(p = aligned(p));
  s.outBand.rows = (float *)(p += bytes(SIDE * s.inBand.step, 4));
  s.inBand.nothing = s.outBand.nothing = (float *)(p += bytes(SIDE * s.outBand.step, 4));
  s.in = (float *)(p += bytes(w * ci > ow * co ? w * ci : ow * co, 4));
  s.out = (float *)(p += bytes(POINTS * s.inStep, 4));
  s.sums = (float *)(p += bytes(POINTS * s.outStep, 4));
  s.end = p + bytes(POINTS * s.sumStep, 4);
  return s;
}

// sums[i][o] += sum over tiles of in[tile][i] * out[tile][o] for ROWS and LANES channels.
INLINE void multiply(const float *in, u32 inStep, const float *out, u32 outStep, u32 tiles, float *to, u32 step) {
  F sums[ROWS][2];
  UNROLL for (u32 i = 0; i < ROWS; i++) sums[i][0] = sums[i][1] = splat(0.0f);
  for (u32 t = 0; t < tiles; t++, in += inStep, out += outStep) {
    F low = load(out), high = load(out + 4);
    UNROLL for (u32 i = 0; i < ROWS; i++) {
      F a = splat(in[i]);
      sums[i][0] += a * low;
      sums[i][1] += a * high;
    }
  }
  UNROLL for (u32 i = 0; i < ROWS; i++) {
    store(to + i * step, load(to + i * step) + sums[i][0]);
    store(to + i * step + 4, load(to + i * step + 4) + sums[i][1]);
  }
}

// G^T sums G for output channels `first` and those after it. Returns `sum` and all of them: it is finite only where
// they are.
INLINE F foldFilters(Scratch s, u32 ci, u32 co, u32 first, u32 channels, float *dfilter, F sum) {
  for (u32 i = 0; i < ci; i++)
    for (u32 o = 0; o < channels; o += 4) {
      const float *from = s.sums + i * channels + o;
      F rows[TAPS][SIDE];
      UNROLL for (u32 c = 0; c < SIDE; c++) {
        F in[SIDE], out[TAPS];
        UNROLL for (u32 r = 0; r < SIDE; r++) in[r] = load(from + (SIDE * r + c) * s.sumStep);
        foldFilter(in, out);
        UNROLL for (u32 r = 0; r < TAPS; r++) rows[r][c] = out[r];
      }
      UNROLL for (u32 r = 0; r < TAPS; r++) {
        F out[TAPS];
        foldFilter(rows[r], out);
        UNROLL for (u32 c = 0; c < TAPS; c++) {
          sum += out[c];
          store(dfilter + ((TAPS * r + c) * ci + i) * co + first + o, out[c]);
        }
      }
    }
  return sum;
}

u32 EXPORT(winograd_filter_scratch)(u32 w, u32 ow, u32 ci, u32 co) { return (u32)scratchAt(0, w, ow, ci, co).end + 15; }

// ci is a multiple of 4, co of 8. Returns whether dfilter is finite; see winograd.c.
int EXPORT(winograd_filter)(const float *x, const float *dy, float *dfilter, int n, int h, int w, u32 ci, int pt,
                            int pl, int oh, int ow, u32 co, char *scratch) {
  const Scratch s = scratchAt(scratch, w, ow, ci, co);
  const int rows = (oh + OUTPUTS - 1) / OUTPUTS, columns = (ow + OUTPUTS - 1) / OUTPUTS;
  const u32 total = n * rows * columns;
  F sum = splat(0.0f);
  // The bands and the row of zeros.
  zero(s.inBand.rows, s.in - s.inBand.rows);
  for (u32 first = 0; first < co; first += COLUMNS) {
    const u32 channels = smaller(COLUMNS, co - first);
    zero(s.sums, POINTS * s.sumStep);
    Tile next = {0, 0, 0};
    for (u32 start = 0; start < total; start += s.tiles) {
      const u32 tiles = smaller(s.tiles, total - start);
      for (u32 t = 0; t < tiles; t++, next = after(next, rows, columns)) {
        if (next.column == 0) {
          fillBand(SIDE, s.inBand, x + next.image * h * w * ci, h, w * ci, next.row * OUTPUTS - pt, pl * ci,
                   smaller(w, s.inWidth - pl) * ci);
          fillBand(OUTPUTS, s.outBand, dy + next.image * oh * ow * co, oh, ow * co, next.row * OUTPUTS, 0, ow * co);
        }
        u32 pixel = next.column * OUTPUTS;
        evaluateTile(SIDE, s.inBand, pixel * ci, ci, ci, s.in + t * ci, s.inStep);
        evaluateTile(OUTPUTS, s.outBand, pixel * co + first, co, channels, s.out + t * channels, s.outStep);
      }
      for (u32 point = 0; point < POINTS; point++)
        for (u32 i = 0; i < ci; i += ROWS)
          for (u32 o = 0; o < channels; o += LANES)
            multiply(s.in + point * s.inStep + i, ci, s.out + point * s.outStep + o, channels, tiles,
                     s.sums + point * s.sumStep + i * channels + o, channels);
    }
    sum = foldFilters(s, ci, co, first, channels, dfilter, sum);
  }
  F rest = sum - sum;
  return rest[0] == 0.0f && rest[1] == 0.0f && rest[2] == 0.0f && rest[3] == 0.0f;
}

#endif
