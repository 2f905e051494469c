// The gradients of pools. Each output passes its gradient to the pixels of its window: all of it to the first of the
// largest ones, or an equal share to each.
#include "vector.h"

typedef int I __attribute__((vector_size(16)));

// The taps of a window that lie inside of the image, along one axis.
typedef struct {
  int first, end;
} Range;
INLINE Range inside(int start, int filter, int size) {
  return (Range){start < 0 ? -start : 0, start + filter > size ? size - start : filter};
}

// b where the mask is set, else a.
INLINE F pick(I mask, F a, F b) { return (F)(((I)b & mask) | ((I)a & ~mask)); }

INLINE void one(const float *x, float *dx, float dy, Range rows, Range columns, u32 rowStep, u32 step) {
  int best = -1;
  float largest = -__builtin_inff();
  for (int r = rows.first; r < rows.end; r++)
    for (int c = columns.first; c < columns.end; c++)
      if (x[r * rowStep + c * step] > largest) {
        largest = x[r * rowStep + c * step];
        best = r * rowStep + c * step;
      }
  // Windows of NaN or minus infinity have no largest pixel, as in tfjs.
  if (best >= 0) dx[best] += dy;
}

INLINE void four(const float *x, float *dx, F dy, Range rows, Range columns, u32 rowStep, u32 step) {
  I best = {-1, -1, -1, -1};
  F largest = splat(-__builtin_inff());
  for (int r = rows.first; r < rows.end; r++)
    for (int c = columns.first; c < columns.end; c++) {
      int at = r * rowStep + c * step;
      F value = load(x + at);
      I larger = value > largest;
      largest = pick(larger, largest, value);
      best = (best & ~larger) | ((I){at, at, at, at} & larger);
    }
  for (int r = rows.first; r < rows.end; r++)
    for (int c = columns.first; c < columns.end; c++) {
      int at = r * rowStep + c * step;
      I here = best == (I){at, at, at, at};
      store(dx + at, load(dx + at) + (F)((I)dy & here));
    }
}

INLINE void run(int max, const float *x, const float *dy, float *dx, u32 n, int h, int w, u32 channels, int kh, int kw,
                int sh, int sw, int pt, int pl, int oh, int ow) {
  const u32 rowStep = w * channels;
  const float share = 1.0f / (float)(kh * kw);
  zero(dx, n * h * rowStep);
  for (u32 image = 0; image < n; image++, x += h * rowStep, dx += h * rowStep)
    for (int y = 0; y < oh; y++) {
      Range rows = inside(y * sh - pt, kh, h);
      for (int column = 0; column < ow; column++, dy += channels) {
        Range columns = inside(column * sw - pl, kw, w);
        // Of the window's first pixel, which may lie outside of the image.
        int corner = (y * sh - pt) * (int)rowStep + (column * sw - pl) * (int)channels;
        u32 i = 0;
        if (max) {
          for (; i + 4 <= channels; i += 4)
            four(x + corner + i, dx + corner + i, load(dy + i), rows, columns, rowStep, channels);
          for (; i < channels; i++) one(x + corner + i, dx + corner + i, dy[i], rows, columns, rowStep, channels);
        } else
          for (int r = rows.first; r < rows.end; r++)
            for (int c = columns.first; c < columns.end; c++) {
              float *to = dx + corner + r * (int)rowStep + c * (int)channels;
              for (i = 0; i + 4 <= channels; i += 4) store(to + i, load(to + i) + load(dy + i) * splat(share));
              for (; i < channels; i++) to[i] += dy[i] * share;
            }
      }
    }
}

void EXPORT(max_pool_grad)(const float *x, const float *dy, float *dx, u32 n, int h, int w, u32 channels, int kh,
                           int kw, int sh, int sw, int pt, int pl, int oh, int ow) {
  run(1, x, dy, dx, n, h, w, channels, kh, kw, sh, sw, pt, pl, oh, ow);
}

void EXPORT(avg_pool_grad)(const float *dy, float *dx, u32 n, int h, int w, u32 channels, int kh, int kw, int sh,
                           int sw, int pt, int pl, int oh, int ow) {
  run(0, dx, dy, dx, n, h, w, channels, kh, kw, sh, sw, pt, pl, oh, ow);
}
