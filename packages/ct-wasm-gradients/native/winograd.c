// A convolution by a filter of 3x3 with strides of 1, or the gradient of one in its input, which is the convolution of
// dy by the filter turned round: in tiles of 4x4 outputs, each from 6x6 inputs, by 36 products for each pair of
// channels where the sums of conv2dInput.c take 144.
//
//     out[tile] = A^T (sum over i of (G filter[i] G^T) * (B^T in[tile, i] B)) A
//
// with the matrices of winograd.h. At each of the 36 points the sum over i is a product of matrices, tiles times
// filter, whose tiles of tiles and channels stay in registers. Inputs are evaluated along the vertical axis for a row
// of tiles at once, from memory end to end, then tile by tile along the horizontal one.
#include "winograd.h"

// Without SIMD the sums of conv2dInput.c stay in use, and these kilobytes out of that binary.
#ifdef __wasm_simd128__
#include <wasm_simd128.h>

// Sums in registers: 8 tiles times 8 channels. That is one register more than x86 has; yet at [8, 56, 56, 64] 4 times 8
// take 13.4 ms, 6 times 8 take 12, 8 times 8 take 10.5.
#define ROWS 8
#define LANES 8
// Output channels done at a time, so that scratch memory does not grow with the square of the channels.
#define COLUMNS 64

typedef struct {
  const float *x, *filter, *bias; // bias may be null
  float *y;
  int n, h, w, oh, ow, pt, pl;
  u32 ci, co;
  float least, most; // what y is clipped to
  int turned;        // y[i] = sum over o of x[o] * filter[2 - r][2 - c][i][o]
} Convolution;

typedef struct {
  u32 tiles;      // done at a time
  u32 bandWidth;  // pixels under a row of tiles
  u32 filterStep; // from one point of the filter to the next
  float *filter;  // [point][panel of LANES channels][i][LANES]
  Band band;      // [SIDE][pixel][i]
  float *in;      // [tile][point][i]
  float *out;     // [tile][point][channel]
  char *end;
} Scratch;

INLINE Scratch scratchAt(char *p, u32 w, u32 ow, u32 ci, u32 co) {
  const u32 columns = roundUp(smaller(co, COLUMNS), LANES);
  Scratch s;
  // So many that what is between them and the filter stays in the second cache.
  s.tiles = ci > 64 ? 16 : ci < 16 ? 64 : 1024 / ci / ROWS * ROWS;
  s.bandWidth = roundUp(ow, OUTPUTS) + TAPS - 1;
  s.band.step = s.bandWidth * ci;
  // No multiple of a large power of two, which would hit the same cache lines.
  s.filterStep = columns * ci + 16;
  s.filter = (float *)(p = aligned(p));
  s.band.rows = (float *)(p += bytes(POINTS * s.filterStep, 4));
  s.band.nothing = (float *)(p += bytes(SIDE * s.band.step, 4));
  s.in = (float *)(p += bytes(w * ci, 4));
  s.out = (float *)(p += bytes(s.tiles * POINTS * ci, 4));
  s.end = p + bytes(s.tiles * POINTS * columns, 4);
  return s;
}

// G filter G^T for output channels `first` and those after it.
INLINE void evaluateFilters(const Convolution *g, u32 first, u32 channels, Scratch s) {
  const int all = g->ci * g->co, tap = g->turned ? -all : all;
  const u32 step = g->turned ? 1 : g->co, lane = g->turned ? g->ci : 1;
  const float *filter = g->filter + first * lane + (g->turned ? (TAPS * TAPS - 1) * all : 0);
  for (u32 o = 0; o < channels; o += 4)
    for (u32 i = 0; i < g->ci; i++) {
      // In registers: through memory between the axes it takes twice as long where channels are many.
      F rows[SIDE][TAPS];
      UNROLL for (int c = 0; c < TAPS; c++) {
        F in[TAPS], out[SIDE];
        UNROLL for (int r = 0; r < TAPS; r++) {
          const float *from = filter + o * lane + i * step + (TAPS * r + c) * tap;
          in[r] = lane == 1 ? load(from) : (F){from[0], from[lane], from[2 * lane], from[3 * lane]};
        }
        evaluateFilter(in, out);
        UNROLL for (int r = 0; r < SIDE; r++) rows[r][c] = out[r];
      }
      float *to = s.filter + (o / LANES * g->ci + i) * LANES + o % LANES;
      UNROLL for (u32 r = 0; r < SIDE; r++) {
        F out[SIDE];
        evaluateFilter(rows[r], out);
        UNROLL for (u32 c = 0; c < SIDE; c++) store(to + (SIDE * r + c) * s.filterStep, out[c]);
      }
    }
}

// out[tile][o] = sum over i of in[tile][i] * panel[i][o] for ROWS tiles and LANES channels.
INLINE void multiply(const float *in, u32 inStep, const float *panel, u32 ci, float *out, u32 outStep) {
  F sums[ROWS][2];
  const float *rows[ROWS];
  UNROLL for (u32 t = 0; t < ROWS; t++) {
    sums[t][0] = sums[t][1] = splat(0.0f);
    rows[t] = in + t * inStep;
  }
  for (u32 i = 0; i < ci; i += 4, panel += 4 * LANES) {
    UNROLL for (u32 k = 0; k < 4; k++) {
      F low = load(panel + k * LANES), high = load(panel + k * LANES + 4);
      UNROLL for (u32 t = 0; t < ROWS; t++) {
        F a = splat(rows[t][k]);
        sums[t][0] += a * low;
        sums[t][1] += a * high;
      }
    }
    UNROLL for (u32 t = 0; t < ROWS; t++) rows[t] += 4;
  }
  UNROLL for (u32 t = 0; t < ROWS; t++) {
    store(out + t * outStep, sums[t][0]);
    store(out + t * outStep + 4, sums[t][1]);
  }
}

INLINE F clipped(F a, const Convolution *g) {
  return (F)wasm_f32x4_pmin(wasm_f32x4_pmax((v128_t)a, (v128_t)splat(g->least)), (v128_t)splat(g->most));
}

// A^T points A, which are overwritten, into the `rows` x `columns` outputs of a tile that lie in the image. Returns
// `sum` and all of them: it is finite only where they are.
INLINE F finishTile(const Convolution *g, float *points, u32 step, float *y, u32 first, u32 channels, u32 rows,
                    u32 columns, F sum) {
  const u32 line = SIDE * step, pixel = g->co;
  for (u32 e = 0; e < line; e += 4) {
    F in[SIDE], out[OUTPUTS];
    UNROLL for (u32 r = 0; r < SIDE; r++) in[r] = load(points + r * line + e);
    interpolate(in, out);
    UNROLL for (u32 r = 0; r < OUTPUTS; r++) store(points + r * line + e, out[r]);
  }
  for (u32 r = 0; r < rows; r++, points += line, y += g->ow * pixel)
    for (u32 o = 0; o < channels; o += 4) {
      F in[SIDE], out[OUTPUTS], bias = g->bias ? load(g->bias + first + o) : splat(0.0f);
      UNROLL for (u32 c = 0; c < SIDE; c++) in[c] = load(points + c * step + o);
      interpolate(in, out);
      UNROLL for (u32 c = 0; c < OUTPUTS; c++) {
        if (c < columns) {
          F value = out[c] + bias;
          sum += value;
          store(y + c * pixel + o, clipped(value, g));
        }
      }
    }
  return sum;
}

u32 EXPORT(winograd_scratch)(u32 w, u32 ow, u32 ci, u32 co) { return (u32)scratchAt(0, w, ow, ci, co).end + 15; }

// ci and co are multiples of 4. Returns whether all outputs are finite. Where one is not, others of its tile may be NaN
// that the sums would not make NaN: infinity less infinity.
int EXPORT(winograd)(const float *x, const float *filter, const float *bias, float *y, int n, int h, int w, u32 ci,
                     int pt, int pl, int oh, int ow, u32 co, float least, float most, int turned, char *scratch) {
  const Convolution g = {x, filter, bias, y, n, h, w, oh, ow, pt, pl, ci, co, least, most, turned};
  const Scratch s = scratchAt(scratch, w, ow, ci, co);
  const int rows = (oh + OUTPUTS - 1) / OUTPUTS, columns = (ow + OUTPUTS - 1) / OUTPUTS;
  const u32 total = n * rows * columns;
  F sum = splat(0.0f);
  zero(s.band.rows, SIDE * s.band.step);
  zero((float *)s.band.nothing, w * ci);
  for (u32 first = 0; first < co; first += COLUMNS) {
    const u32 channels = smaller(COLUMNS, co - first), outStep = roundUp(channels, LANES);
    evaluateFilters(&g, first, channels, s);
    Tile next = {0, 0, 0}, done = next;
    for (u32 start = 0; start < total; start += s.tiles) {
      const u32 tiles = smaller(s.tiles, total - start);
      for (u32 t = 0; t < tiles; t++, next = after(next, rows, columns)) {
        if (next.column == 0)
          fillBand(SIDE, s.band, x + next.image * h * w * ci, h, w * ci, next.row * OUTPUTS - pt, pl * ci,
                   smaller(w, s.bandWidth - pl) * ci);
        evaluateTile(SIDE, s.band, next.column * OUTPUTS * ci, ci, ci, s.in + t * POINTS * ci, ci);
      }
      for (u32 point = 0; point < POINTS; point++)
        for (u32 o = 0; o < outStep; o += LANES)
          for (u32 t = 0; t < tiles; t += ROWS)
            multiply(s.in + (t * POINTS + point) * ci, POINTS * ci, s.filter + point * s.filterStep + o * ci, ci,
                     s.out + (t * POINTS + point) * outStep + o, POINTS * outStep);
      for (u32 t = 0; t < tiles; t++, done = after(done, rows, columns)) {
        int top = done.row * OUTPUTS, left = done.column * OUTPUTS;
        sum = finishTile(&g, s.out + t * POINTS * outStep, outStep,
                         y + ((done.image * oh + top) * ow + left) * co + first, first, channels,
                         smaller(OUTPUTS, oh - top), smaller(OUTPUTS, ow - left), sum);
      }
    }
  }
  F rest = sum - sum;
  return rest[0] == 0.0f && rest[1] == 0.0f && rest[2] == 0.0f && rest[3] == 0.0f;
}

#endif
