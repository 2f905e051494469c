// The gradients of a depthwise convolution, `m` output channels for each of `ci` input channels:
//
//     dx[n, y, x, i]       = sum over r, c, j of dy[n, (y + pad - r * dilation) / stride, ..., i * m + j] * filter[r,
//     c, i, j] dfilter[r, c, i, j]  = sum over n, y, x of input[n, y * stride + r * dilation - pad, ..., i] * dy[n, y,
//     x, i * m + j]
//
// Neighbouring channels sit in one vector, and rows of channels are read where they lie.
#include "vector.h"

// The least and the first too large pixel of dy that tap number `tap` connects with a pixel inside of the input.
typedef struct {
  int first, end;
} Range;
INLINE Range rangeOf(Axis a, int tap) {
  int offset = tap * a.dilation - a.pad;
  int first = offset >= 0 ? 0 : (-offset + a.stride - 1) / a.stride;
  int end = a.in - offset <= 0 ? 0 : (a.in - offset + a.stride - 1) / a.stride;
  return (Range){first, end < a.out ? end : a.out};
}

// to[c] += a[c] * b[c]
INLINE void addProducts(float *to, const float *a, const float *b, u32 count) {
  u32 c = 0;
  for (; c + 4 <= count; c += 4) store(to + c, load(to + c) + load(a + c) * load(b + c));
  for (; c < count; c++) to[c] += a[c] * b[c];
}

u32 EXPORT(depthwise_input_scratch)(u32 w, u32 ci, u32 m) { return 15 + bytes(w * ci * m, 4); }

// Row after row of dx. With m > 1 a row is first summed for every output channel, then over each input channel's m.
void EXPORT(depthwise_input)(const float *dy, const float *filter, float *dx, u32 n, int h, int w, u32 ci, int kh,
                             int kw, int sh, int sw, int dh, int dw, int pt, int pl, int oh, int ow, u32 m,
                             char *scratch) {
  const Axis horizontal = {w, kw, sw, dw, pl, ow};
  const u32 co = ci * m;
  float *wide = (float *)aligned(scratch);
  for (u32 image = 0; image < n; image++, dy += oh * ow * co) {
    for (int y = 0; y < h; y++, dx += w * ci) {
      float *row = m == 1 ? dx : wide;
      zero(row, w * co);
      for (int r = 0; r < kh; r++) {
        int distance = y + pt - r * dh;
        if (distance < 0 || distance % sh != 0 || distance / sh >= oh) continue;
        const float *from = dy + distance / sh * ow * co;
        for (int c = 0; c < kw; c++) {
          Range xs = rangeOf(horizontal, c);
          for (int x = xs.first; x < xs.end; x++)
            addProducts(row + (x * sw + c * dw - pl) * co, from + x * co, filter + (r * kw + c) * co, co);
        }
      }
      if (m == 1) continue;
      for (u32 i = 0; i < w * ci; i++) {
        float sum = 0.0f;
        for (u32 j = 0; j < m; j++) sum += wide[i * m + j];
        dx[i] = sum;
      }
    }
  }
}

// Channels whose sums over a row of pixels stay in registers.
#define CHANNELS 16

// sums[c] += sum over pixels of x[pixel * stepX + c] * dy[pixel * stepY + c]
INLINE void addRow(float *sums, const float *x, u32 stepX, const float *dy, u32 stepY, u32 pixels, u32 channels) {
  u32 c = 0;
  for (; c + CHANNELS <= channels; c += CHANNELS) {
    F s[4];
    UNROLL for (int v = 0; v < 4; v++) s[v] = splat(0.0f);
    const float *px = x + c, *py = dy + c;
    for (u32 p = 0; p < pixels; p++, px += stepX, py += stepY)
      UNROLL for (int v = 0; v < 4; v++) s[v] += load(px + 4 * v) * load(py + 4 * v);
    UNROLL for (int v = 0; v < 4; v++) store(sums + c + 4 * v, load(sums + c + 4 * v) + s[v]);
  }
  for (; c + 4 <= channels; c += 4) {
    F s = splat(0.0f);
    for (u32 p = 0; p < pixels; p++) s += load(x + p * stepX + c) * load(dy + p * stepY + c);
    store(sums + c, load(sums + c) + s);
  }
  for (; c < channels; c++) {
    float s = 0.0f;
    for (u32 p = 0; p < pixels; p++) s += x[p * stepX + c] * dy[p * stepY + c];
    sums[c] += s;
  }
}

u32 EXPORT(depthwise_filter_scratch)(u32 kh, u32 kw, u32 w, u32 ci, u32 m) {
  return 15 + bytes(kh * kw * ci * m, 4) + (m == 1 ? 0 : bytes(w * ci * m, 4));
}

// Row after row of dy. The sums of a row and of an image are made apart, which keeps the rounding of long sums small.
void EXPORT(depthwise_filter)(const float *x, const float *dy, float *dfilter, u32 n, int h, int w, u32 ci, int kh,
                              int kw, int sh, int sw, int dh, int dw, int pt, int pl, int oh, int ow, u32 m,
                              char *scratch) {
  const Axis horizontal = {w, kw, sw, dw, pl, ow};
  const u32 co = ci * m, size = kh * kw * co;
  float *sums = (float *)aligned(scratch);
  float *wide = (float *)(aligned(scratch) + bytes(size, 4));
  zero(dfilter, size);
  for (u32 image = 0; image < n; image++, x += h * w * ci) {
    zero(sums, size);
    for (int y = 0; y < oh; y++, dy += ow * co) {
      for (int r = 0; r < kh; r++) {
        int row = y * sh + r * dh - pt;
        if (row < 0 || row >= h) continue;
        const float *from = x + row * w * ci;
        if (m > 1) {
          for (u32 i = 0; i < w * ci; i++)
            for (u32 j = 0; j < m; j++) wide[i * m + j] = from[i];
          from = wide;
        }
        for (int c = 0; c < kw; c++) {
          Range xs = rangeOf(horizontal, c);
          if (xs.first >= xs.end) continue;
          addRow(sums + (r * kw + c) * co, from + (xs.first * sw + c * dw - pl) * co, sw * co, dy + xs.first * co, co,
                 xs.end - xs.first, co);
        }
      }
    }
    for (u32 i = 0; i < size; i++) dfilter[i] += sums[i];
  }
}
