// The gradient of a convolution in its input:
//
//     dx[n, y, x, i] = sum over r, c, o of dy[n, (y + pad - r * dilation) / stride, ..., o] * filter[r, c, i, o]
//
// over the taps (r, c) for which the divisions leave no rest. Pixels with the same rests, a *phase*, have the same taps,
// so that each phase is a convolution of stride 1 of its own and no zero is ever multiplied. A tile of pixels and
// channels stays in registers while the sum runs; dy is read where it lies, through a table of pointers.
#include "vector.h"

// A tile is 4 pixels times 8 channels, or where there are no more than 4 channels, 8 pixels times 4: 8 sums. At
// [8, 56, 56, 64], 3x3, 6 pixels times 8 channels take 132 ms, 4 times 8 take 126; XNNPACK's forward convolution 108.
#define WIDEST 8
typedef struct { u32 pixels, vectors; } Tile;
// Pixels whose pointers are in the table: so often a panel of the filter is used once it is in the cache.
#define BLOCK 96

typedef struct { int index, offset; } Tap;

// The taps along one axis of the pixels first, first + stride, ...: `offset` leads from pixel number to row of dy.
INLINE u32 tapsOf(Tap *taps, Axis a, int first) {
  u32 count = 0;
  for (int t = 0; t < a.filter; t++) {
    int distance = first + a.pad - t * a.dilation;
    if (distance % a.stride == 0) taps[count++] = (Tap){t, distance / a.stride};
  }
  return count;
}

// filter[tap][i][o] as panels of 4 or 8 channels i: panels[i / lanes][tap][o][i % lanes], missing channels zero.
INLINE void pack(float *panels, const float *filter, u32 taps, u32 ci, u32 co, u32 lanes) {
  for (u32 first = 0; first < ci; first += lanes) {
    u32 present = smaller(lanes, ci - first);
    for (u32 tap = 0; tap < taps; tap++, panels += co * lanes) {
      const float *from = filter + (tap * ci + first) * co;
      for (u32 lane = 0; lane < lanes; lane++)
        for (u32 o = 0; o < co; o++) panels[o * lanes + lane] = lane < present ? from[lane * co + o] : 0.0f;
    }
  }
}

// One step of the sum: the filter's values for one o times dy's of each pixel.
INLINE void step(Tile of, F sums[WIDEST][2], const float *const rows[WIDEST], const float *panel, u32 k) {
  panel += k * 4 * of.vectors;
  F low = load(panel), high = of.vectors == 2 ? load(panel + 4) : low;
  UNROLL for (u32 i = 0; i < of.pixels; i++) {
    F a = splat(rows[i][k]);
    sums[i][0] += a * low;
    if (of.vectors == 2) sums[i][1] += a * high;
  }
}

INLINE void tile(Tile of, const float **pointers, const u32 *tapNumbers, u32 taps, const float *panel, u32 co,
                 float **results, u32 pixels, u32 first, u32 channels) {
  const u32 lanes = 4 * of.vectors;
  F sums[WIDEST][2];
  UNROLL for (u32 i = 0; i < of.pixels; i++) sums[i][0] = sums[i][1] = splat(0.0f);
  for (u32 t = 0; t < taps; t++) {
    const float *rows[WIDEST];
    UNROLL for (u32 i = 0; i < of.pixels; i++) rows[i] = pointers[t * of.pixels + i];
    const float *p = panel + tapNumbers[t] * co * lanes;
    u32 o = 0;
    // By four, because the constant parts of addresses cost nothing.
    for (; o + 4 <= co; o += 4, p += 4 * lanes) {
      UNROLL for (u32 k = 0; k < 4; k++) step(of, sums, rows, p, k);
      UNROLL for (u32 i = 0; i < of.pixels; i++) rows[i] += 4;
    }
    for (; o < co; o++, p += lanes) {
      step(of, sums, rows, p, 0);
      UNROLL for (u32 i = 0; i < of.pixels; i++) rows[i] += 1;
    }
  }
  UNROLL for (u32 i = 0; i < of.pixels; i++) {
    if (i < pixels) {
      float *to = results[i] + first;
      if (channels == lanes) {
        store(to, sums[i][0]);
        if (of.vectors == 2) store(to + 4, sums[i][1]);
      } else {
        UNROLL for (u32 lane = 0; lane < lanes; lane++)
          if (lane < channels) to[lane] = sums[i][lane / 4][lane % 4];
      }
    }
  }
}

typedef struct {
  float *panels;         // the packed filter
  float *nothing;        // a row of zeros: dy outside of the image
  Tap *down, *across;    // the taps of a phase along each axis ...
  u32 *numbers;          // ... and together, as numbers of taps of the filter
  const float **rows;    // [tile][tap][pixel]: the row of dy
  float **results;       // [pixel]: the row of dx
  char *end;
} Scratch;

INLINE Scratch scratchAt(char *p, u32 kh, u32 kw, u32 ci, u32 co) {
  Scratch s;
  s.panels = (float *)(p = aligned(p));
  s.nothing = (float *)(p += bytes(kh * kw * co * roundUp(ci, ci <= 4 ? 4 : 8), 4));
  s.down = (Tap *)(p += bytes(co, 4));
  s.across = s.down + kh;
  s.numbers = (u32 *)(p += bytes(kh + kw, sizeof(Tap)));
  s.rows = (const float **)(p += bytes(kh * kw, 4));
  s.results = (float **)(p += bytes(BLOCK * kh * kw, 4));
  s.end = p + bytes(BLOCK, 4);
  return s;
}

INLINE void run(Tile of, const float *dy, const float *filter, float *dx, u32 n, u32 ci, Axis vertical, Axis horizontal,
                u32 co, Scratch s) {
  const u32 lanes = 4 * of.vectors;
  const int h = vertical.in, w = horizontal.in, sh = vertical.stride, sw = horizontal.stride;
  const int oh = vertical.out, ow = horizontal.out, allTaps = vertical.filter * horizontal.filter;
  pack(s.panels, filter, allTaps, ci, co, lanes);
  zero(s.nothing, co);
  for (int firstY = 0; firstY < sh && firstY < h; firstY++) {
    for (int firstX = 0; firstX < sw && firstX < w; firstX++) {
      u32 down = tapsOf(s.down, vertical, firstY), across = tapsOf(s.across, horizontal, firstX), taps = down * across;
      for (u32 t = 0; t < taps; t++) s.numbers[t] = s.down[t / across].index * horizontal.filter + s.across[t % across].index;
      int rows = (h - firstY + sh - 1) / sh, columns = (w - firstX + sw - 1) / sw;
      int image = 0, row = 0, column = 0;
      for (u32 left = n * rows * columns; left > 0;) {
        u32 pixels = smaller(left, BLOCK);
        left -= pixels;
        for (u32 p = 0; p < roundUp(pixels, of.pixels); p++) {
          const float **to = s.rows + p / of.pixels * of.pixels * taps + p % of.pixels;
          if (p >= pixels) {
            for (u32 t = 0; t < taps; t++, to += of.pixels) *to = s.nothing;
            continue;
          }
          s.results[p] = dx + ((image * h + firstY + row * sh) * w + firstX + column * sw) * ci;
          for (u32 i = 0; i < down; i++) {
            int y = row + s.down[i].offset;
            const float *line = dy + (image * oh + y) * ow * co;
            for (u32 j = 0; j < across; j++, to += of.pixels) {
              int x = column + s.across[j].offset;
              *to = (u32)y < (u32)oh && (u32)x < (u32)ow ? line + x * co : s.nothing;
            }
          }
          if (++column == columns) {
            column = 0;
            if (++row == rows) row = 0, image++;
          }
        }
        for (u32 first = 0; first < ci; first += lanes)
          for (u32 p = 0; p < pixels; p += of.pixels)
            tile(of, s.rows + p * taps, s.numbers, taps, s.panels + first * allTaps * co, co, s.results + p,
                 smaller(of.pixels, pixels - p), first, smaller(lanes, ci - first));
      }
    }
  }
}

u32 EXPORT(conv2d_input_scratch)(u32 kh, u32 kw, u32 ci, u32 co) { return (u32)scratchAt(0, kh, kw, ci, co).end + 15; }

void EXPORT(conv2d_input)(const float *dy, const float *filter, float *dx, u32 n, int h, int w, u32 ci, int kh, int kw,
                          int sh, int sw, int dh, int dw, int pt, int pl, int oh, int ow, u32 co, char *scratch) {
  const Axis vertical = {h, kh, sh, dh, pt, oh}, horizontal = {w, kw, sw, dw, pl, ow};
  const Scratch s = scratchAt(scratch, kh, kw, ci, co);
  if (ci <= 4) run((Tile){8, 1}, dy, filter, dx, n, ci, vertical, horizontal, co, s);
  else run((Tile){4, 2}, dy, filter, dx, n, ci, vertical, horizontal, co, s);
}
