// The gradient of a convolution in its filter:
//
//     dfilter[r, c, i, o] = sum over pixels (n, y, x) of input[n, y * stride + r * dilation - pad, ..., i] * dy[n, y,
//     x, o]
//
// It is the product of two matrices, patches of the input (transposed) and dy, over all pixels. Blocks of both are
// packed into panels, 4 rows and 8 columns wide, that the product then reads from end to end.
#include "vector.h"

#define ROWS 4
#define COLUMNS 8
// Pixels in a block; 16 * PIXELS is no multiple of a large power of two, which would hit the same cache lines.
#define PIXELS 156
// Panels packed at a time: 2.5 KB each of the input, 5 KB of dy.
#define ROW_PANELS 144
#define COLUMN_PANELS 64

typedef struct {
  const float *image;
  int y, x;
} Corner;

// Where input rows of the result come from: `first` and `count` of the rows that panel number `panel` holds.
typedef struct {
  u32 first, count;
} Rows;

// With few channels the panels run on over taps; else each tap begins a panel, so that channels are copied by fours.
INLINE u32 panelsPerTap(u32 ci) { return ci < 4 ? 0 : (ci + 3) / 4; }
INLINE u32 rowPanels(u32 taps, u32 ci) { return ci < 4 ? (taps * ci + 3) / 4 : taps * panelsPerTap(ci); }
INLINE Rows rowsOf(u32 panel, u32 taps, u32 ci) {
  u32 each = panelsPerTap(ci);
  if (each == 0) return (Rows){4 * panel, smaller(ROWS, taps * ci - 4 * panel)};
  u32 tap = panel / each, i = 4 * (panel - tap * each);
  return (Rows){tap * ci + i, smaller(ROWS, ci - i)};
}

// The pixel that a tap sees, or 0 outside of the image.
INLINE const float *seen(Corner at, int down, int across, int h, int w, u32 ci) {
  int y = at.y + down, x = at.x + across;
  return (u32)y < (u32)h && (u32)x < (u32)w ? at.image + (y * w + x) * ci : 0;
}

// `end`: the end of the input.
INLINE void packInput(float *panels, u32 firstPanel, u32 panelCount, const Corner *corners, u32 pixels,
                      const float *end, int h, int w, u32 ci, int kh, int kw, int dh, int dw) {
  u32 each = panelsPerTap(ci);
  if (each == 0) {
    u32 taps = kh * kw;
    for (u32 panel = firstPanel; panel < firstPanel + panelCount; panel++, panels += PIXELS * ROWS) {
      for (u32 lane = 0; lane < ROWS; lane++) {
        u32 k = panel * ROWS + lane, tap = k / ci, i = k % ci;
        int down = (int)(tap / kw) * dh, across = (int)(tap % kw) * dw;
        for (u32 p = 0; p < pixels; p++) {
          const float *from = tap < taps ? seen(corners[p], down, across, h, w, ci) : 0;
          panels[p * ROWS + lane] = from ? from[i] : 0.0f;
        }
      }
    }
    return;
  }
  for (u32 panel = firstPanel; panel < firstPanel + panelCount;) {
    u32 tap = panel / each, group = panel % each;
    u32 groups = smaller(each - group, firstPanel + panelCount - panel);
    int down = (int)(tap / kw) * dh, across = (int)(tap % kw) * dw;
    for (u32 p = 0; p < pixels; p++) {
      const float *from = seen(corners[p], down, across, h, w, ci);
      float *to = panels + p * ROWS;
      for (u32 g = group; g < group + groups; g++, to += PIXELS * ROWS) {
        if (!from) store(to, splat(0.0f));
        // Beyond the last channel comes the next pixel, and goes into rows that are not stored.
        else if (from + 4 * g + 4 <= end)
          store(to, load(from + 4 * g));
        else
          for (u32 lane = 0; lane < ROWS; lane++) to[lane] = 4 * g + lane < ci ? from[4 * g + lane] : 0.0f;
      }
    }
    panel += groups;
    panels += groups * PIXELS * ROWS;
  }
}

INLINE void packGradient(float *panels, const float *dy, u32 pixels, u32 co, u32 first, u32 count) {
  for (u32 o = first; o < first + count; o += COLUMNS, panels += PIXELS * COLUMNS) {
    u32 lanes = smaller(COLUMNS, co - o);
    for (u32 p = 0; p < pixels; p++) {
      const float *from = dy + p * co + o;
      float *to = panels + p * COLUMNS;
      if (lanes == COLUMNS) {
        store(to, load(from));
        store(to + 4, load(from + 4));
      } else
        for (u32 lane = 0; lane < COLUMNS; lane++) to[lane] = lane < lanes ? from[lane] : 0.0f;
    }
  }
}

// Adds the product of two panels to `rows` rows and `columns` columns of the result.
INLINE void tile(const float *a, const float *b, u32 pixels, float *result, u32 co, u32 rows, u32 columns) {
  F sums[ROWS][2];
  UNROLL for (int i = 0; i < ROWS; i++) sums[i][0] = sums[i][1] = splat(0.0f);
  for (u32 p = 0; p < pixels; p++, a += ROWS, b += COLUMNS) {
    F low = load(b), high = load(b + 4);
    UNROLL for (int i = 0; i < ROWS; i++) {
      F x = splat(a[i]);
      sums[i][0] += x * low;
      sums[i][1] += x * high;
    }
  }
  UNROLL for (u32 i = 0; i < ROWS; i++) {
    if (i < rows) {
      float *to = result + i * co;
      if (columns == COLUMNS) {
        store(to, load(to) + sums[i][0]);
        store(to + 4, load(to + 4) + sums[i][1]);
      } else {
        UNROLL for (u32 lane = 0; lane < COLUMNS; lane++) if (lane < columns) to[lane] += sums[i][lane / 4][lane % 4];
      }
    }
  }
}

u32 EXPORT(conv2d_filter_scratch)(u32 kh, u32 kw, u32 ci, u32 co) {
  return 15 + bytes(smaller(rowPanels(kh * kw, ci), ROW_PANELS) * PIXELS * ROWS, 4) +
         bytes(smaller(roundUp(co, COLUMNS), COLUMN_PANELS * COLUMNS) * PIXELS, 4) + bytes(PIXELS, sizeof(Corner));
}

void EXPORT(conv2d_filter)(const float *x, const float *dy, float *dfilter, u32 n, int h, int w, u32 ci, int kh, int kw,
                           int sh, int sw, int dh, int dw, int pt, int pl, int oh, int ow, u32 co, char *scratch) {
  u32 taps = kh * kw, panels = rowPanels(taps, ci);
  scratch = aligned(scratch);
  float *a = (float *)scratch;
  float *b = (float *)(scratch += bytes(smaller(panels, ROW_PANELS) * PIXELS * ROWS, 4));
  Corner *corners = (Corner *)(scratch += bytes(smaller(roundUp(co, COLUMNS), COLUMN_PANELS * COLUMNS) * PIXELS, 4));
  zero(dfilter, taps * ci * co);

  u32 total = n * oh * ow;
  int image = 0, row = 0, column = 0;
  for (u32 start = 0; start < total; start += PIXELS) {
    u32 pixels = smaller(PIXELS, total - start);
    for (u32 p = 0; p < pixels; p++) {
      corners[p] = (Corner){x + image * h * w * ci, row * sh - pt, column * sw - pl};
      if (++column == ow) {
        column = 0;
        if (++row == oh) row = 0, image++;
      }
    }
    for (u32 o = 0; o < co; o += COLUMN_PANELS * COLUMNS) {
      u32 columns = smaller(COLUMN_PANELS * COLUMNS, co - o);
      packGradient(b, dy + start * co, pixels, co, o, columns);
      for (u32 panel = 0; panel < panels; panel += ROW_PANELS) {
        u32 count = smaller(ROW_PANELS, panels - panel);
        packInput(a, panel, count, corners, pixels, x + n * h * w * ci, h, w, ci, kh, kw, dh, dw);
        for (u32 i = 0; i < count; i++) {
          Rows rows = rowsOf(panel + i, taps, ci);
          for (u32 j = 0; j < columns; j += COLUMNS)
            tile(a + i * PIXELS * ROWS, b + j * PIXELS, pixels, dfilter + rows.first * co + o + j, co, rows.count,
                 smaller(COLUMNS, columns - j));
        }
      }
    }
  }
}
