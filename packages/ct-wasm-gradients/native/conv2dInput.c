// The gradient of a convolution in its input:
//
//     dx[n, y, x, i] = sum over r, c, o of dy[n, (y + pad - r * dilation) / stride, ..., o] * filter[r, c, i, o]
//
// over the taps (r, c) for which the divisions leave no rest. Pixels with the same rests, a *phase*, have the same
// taps, so that each phase is a convolution of stride 1 of its own and no zero is ever multiplied. A tile of pixels and
// channels stays in registers while the sum runs; dy is read where it lies, through a table of pointers.
//
// With few channels most of a tile would be empty. Then the products of a block of dy with the filter, all taps and
// channels at once, are made by the same code (they are the gradient of a 1x1 convolution) and added up where they
// belong.
#include "vector.h"

// A tile: 8 sums of 4. At [8, 56, 56, 64], 3x3, 6 pixels times 8 channels take 132 ms, 4 times 8 take 126; XNNPACK's
// forward convolution takes 108.
#define TILE 4
#define LANES 8
// Pixels whose pointers are in the table: so often a panel of the filter is used once it is in the cache.
#define BLOCK 96

typedef struct {
  int index, offset;
} Tap;

// The taps along one axis of the pixels first, first + stride, ...: `offset` leads from pixel number to row of dy.
INLINE u32 tapsOf(Tap *taps, Axis a, int first) {
  u32 count = 0;
  for (int t = 0; t < a.filter; t++) {
    int distance = first + a.pad - t * a.dilation;
    if (distance % a.stride == 0) taps[count++] = (Tap){t, distance / a.stride};
  }
  return count;
}

// filter[tap][i][o] as panels of channels i: panels[i / LANES][tap][o][i % LANES], missing channels zero.
INLINE void pack(float *panels, const float *filter, u32 taps, u32 ci, u32 co) {
  for (u32 first = 0; first < ci; first += LANES) {
    u32 present = smaller(LANES, ci - first);
    for (u32 tap = 0; tap < taps; tap++, panels += co * LANES) {
      const float *from = filter + (tap * ci + first) * co;
      for (u32 lane = 0; lane < LANES; lane++)
        for (u32 o = 0; o < co; o++) panels[o * LANES + lane] = lane < present ? from[lane * co + o] : 0.0f;
    }
  }
}

// One step of the sum: the filter's values for one o times dy's of each pixel.
INLINE void step(F sums[TILE][2], const float *const rows[TILE], const float *panel, u32 k) {
  F low = load(panel + k * LANES), high = load(panel + k * LANES + 4);
  UNROLL for (u32 i = 0; i < TILE; i++) {
    F a = splat(rows[i][k]);
    sums[i][0] += a * low;
    sums[i][1] += a * high;
  }
}

INLINE void tile(const float **pointers, const u32 *tapNumbers, u32 taps, const float *panel, u32 co, float **results,
                 u32 pixels, u32 first, u32 channels) {
  F sums[TILE][2];
  UNROLL for (u32 i = 0; i < TILE; i++) sums[i][0] = sums[i][1] = splat(0.0f);
  for (u32 t = 0; t < taps; t++) {
    const float *rows[TILE];
    UNROLL for (u32 i = 0; i < TILE; i++) rows[i] = pointers[t * TILE + i];
    const float *p = panel + tapNumbers[t] * co * LANES;
    u32 o = 0;
    // By four, because the constant parts of addresses cost nothing.
    for (; o + 4 <= co; o += 4, p += 4 * LANES) {
      UNROLL for (u32 k = 0; k < 4; k++) step(sums, rows, p, k);
      UNROLL for (u32 i = 0; i < TILE; i++) rows[i] += 4;
    }
    for (; o < co; o++, p += LANES) {
      step(sums, rows, p, 0);
      UNROLL for (u32 i = 0; i < TILE; i++) rows[i] += 1;
    }
  }
  UNROLL for (u32 i = 0; i < TILE; i++) {
    if (i < pixels) {
      float *to = results[i] + first;
      if (channels == LANES) {
        store(to, sums[i][0]);
        store(to + 4, sums[i][1]);
      } else {
        UNROLL for (u32 lane = 0; lane < LANES; lane++) if (lane < channels) to[lane] = sums[i][lane / 4][lane % 4];
      }
    }
  }
}

// Whether the products are added up afterwards.
INLINE int scatters(u32 taps, u32 ci) { return ci < LANES && taps > 1; }

typedef struct {
  float *panels;      // the packed filter
  float *nothing;     // a row of zeros: dy outside of the image
  Tap *down, *across; // the taps of a phase along each axis ...
  u32 *numbers;       // ... and together, as numbers of taps of the filter
  const float **rows; // [tile][tap][pixel]: the row of dy
  float **results;    // [pixel]: the row of dx
  float *products;    // [pixel][tap][channel], where they are added up afterwards
  char *end;
} Scratch;

INLINE Scratch scratchAt(char *p, u32 kh, u32 kw, u32 ci, u32 co) {
  Scratch s;
  s.panels = (float *)(p = aligned(p));
  s.nothing =
      (float *)(p += bytes(
                    scatters(kh * kw, ci) ? roundUp(kh * kw * ci, LANES) * co : kh * kw * co * roundUp(ci, LANES), 4));
  s.down = (Tap *)(p += bytes(co, 4));
  s.across = s.down + kh;
  s.numbers = (u32 *)(p += bytes(kh + kw, sizeof(Tap)));
  s.rows = (const float **)(p += bytes(kh * kw, 4));
  s.results = (float **)(p += bytes(BLOCK * kh * kw, 4));
  s.products = (float *)(p += bytes(BLOCK, 4));
  s.end = p + (scatters(kh * kw, ci) ? bytes(BLOCK * kh * kw * ci, 4) : 0);
  return s;
}

INLINE void gather(const float *dy, const float *filter, float *dx, u32 n, u32 ci, Axis vertical, Axis horizontal,
                   u32 co, Scratch s) {
  const int h = vertical.in, w = horizontal.in, sh = vertical.stride, sw = horizontal.stride;
  const int oh = vertical.out, ow = horizontal.out, allTaps = vertical.filter * horizontal.filter;
  pack(s.panels, filter, allTaps, ci, co);
  zero(s.nothing, co);
  for (int firstY = 0; firstY < sh && firstY < h; firstY++) {
    for (int firstX = 0; firstX < sw && firstX < w; firstX++) {
      u32 down = tapsOf(s.down, vertical, firstY), across = tapsOf(s.across, horizontal, firstX), taps = down * across;
      for (u32 t = 0; t < taps; t++)
        s.numbers[t] = s.down[t / across].index * horizontal.filter + s.across[t % across].index;
      int rows = (h - firstY + sh - 1) / sh, columns = (w - firstX + sw - 1) / sw;
      int image = 0, row = 0, column = 0;
      for (u32 left = n * rows * columns; left > 0;) {
        u32 pixels = smaller(left, BLOCK);
        left -= pixels;
        for (u32 p = 0; p < roundUp(pixels, TILE); p++) {
          const float **to = s.rows + p / TILE * TILE * taps + p % TILE;
          if (p >= pixels) {
            for (u32 t = 0; t < taps; t++, to += TILE) *to = s.nothing;
            continue;
          }
          s.results[p] = dx + ((image * h + firstY + row * sh) * w + firstX + column * sw) * ci;
          for (u32 i = 0; i < down; i++) {
            int y = row + s.down[i].offset;
            const float *line = dy + (image * oh + y) * ow * co;
            for (u32 j = 0; j < across; j++, to += TILE) {
              int x = column + s.across[j].offset;
              *to = (u32)y < (u32)oh && (u32)x < (u32)ow ? line + x * co : s.nothing;
            }
          }
          if (++column == columns) {
            column = 0;
            if (++row == rows) row = 0, image++;
          }
        }
        for (u32 first = 0; first < ci; first += LANES)
          for (u32 p = 0; p < pixels; p += TILE)
            tile(s.rows + p * taps, s.numbers, taps, s.panels + first * allTaps * co, co, s.results + p,
                 smaller(TILE, pixels - p), first, smaller(LANES, ci - first));
      }
    }
  }
}

// to[i] += from[i]
INLINE void add(float *to, const float *from, u32 count) {
  u32 i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, load(to + i) + load(from + i));
  for (; i < count; i++) to[i] += from[i];
}

INLINE void scatter(const float *dy, const float *filter, float *dx, u32 n, u32 ci, Axis vertical, Axis horizontal,
                    u32 co, Scratch s) {
  const int h = vertical.in, w = horizontal.in, kh = vertical.filter, kw = horizontal.filter, dw = horizontal.dilation;
  const u32 width = kh * kw * ci, total = n * vertical.out * horizontal.out;
  zero(dx, n * h * w * ci);
  pack(s.panels, filter, 1, width, co);
  s.numbers[0] = 0;
  int row = 0, column = 0;
  for (u32 start = 0; start < total; start += BLOCK) {
    u32 pixels = smaller(BLOCK, total - start);
    for (u32 p = 0; p < roundUp(pixels, TILE); p++) {
      s.rows[p] = dy + (start + smaller(p, pixels - 1)) * co;
      s.results[p] = s.products + p * width;
    }
    for (u32 first = 0; first < width; first += LANES)
      for (u32 p = 0; p < pixels; p += TILE)
        tile(s.rows + p, s.numbers, 1, s.panels + first * co, co, s.results + p, smaller(TILE, pixels - p), first,
             smaller(LANES, width - first));
    const float *from = s.products;
    for (u32 p = 0; p < pixels; p++) {
      int x = column * horizontal.stride - horizontal.pad;
      for (int r = 0; r < kh; r++, from += kw * ci) {
        int y = row * vertical.stride + r * vertical.dilation - vertical.pad;
        if (y < 0 || y >= h) continue;
        float *line = dx + y * w * (int)ci;
        if (dw == 1) {
          int first = x < 0 ? -x : 0, end = x + kw > w ? w - x : kw;
          if (first < end) add(line + (x + first) * (int)ci, from + first * ci, (end - first) * ci);
        } else
          for (int c = 0; c < kw; c++)
            if (x + c * dw >= 0 && x + c * dw < w) add(line + (x + c * dw) * (int)ci, from + c * ci, ci);
      }
      if (++column == horizontal.out) {
        column = 0;
        if (++row == vertical.out) row = 0, dx += h * w * ci;
      }
    }
  }
}

u32 EXPORT(conv2d_input_scratch)(u32 kh, u32 kw, u32 ci, u32 co) { return (u32)scratchAt(0, kh, kw, ci, co).end + 15; }

void EXPORT(conv2d_input)(const float *dy, const float *filter, float *dx, u32 n, int h, int w, u32 ci, int kh, int kw,
                          int sh, int sw, int dh, int dw, int pt, int pl, int oh, int ow, u32 co, char *scratch) {
  const Axis vertical = {h, kh, sh, dh, pt, oh}, horizontal = {w, kw, sw, dw, pl, ow};
  const Scratch s = scratchAt(scratch, kh, kw, ci, co);
  if (scatters(kh * kw, ci))
    scatter(dy, filter, dx, n, ci, vertical, horizontal, co, s);
  else
    gather(dy, filter, dx, n, ci, vertical, horizontal, co, s);
}
