// Minimal filtering along one axis (Toom and Cook, Winograd): 4 outputs of a filter of 3 taps from 6 inputs by 6
// products, where the sums take 12.
//
//     out = A^T ((G filter) * (B^T in)),   dfilter = G^T ((B^T in) * (A dout))
//
// Inputs and filter are polynomials: they are evaluated at 5 points and at infinity and multiplied there, and the
// product is interpolated. The points 0, +-5/8 and +-3/2 are oneDNN's: their powers, exact in float32, stay close to 1,
// and errors three times as small as with 0, +-1 and +-2. A. Lavin and S. Gray, "Fast algorithms for convolutional
// neural networks", 2016.
#ifndef WINOGRAD_H
#define WINOGRAD_H

#include "vector.h"

#define OUTPUTS 4
#define TAPS 3
#define SIDE 6 // points along one axis, and inputs
#define POINTS (SIDE * SIDE)

#define P 0.625f
#define Q 1.5f
#define PP (P * P)
#define QQ (Q * Q)

// B^T
INLINE void evaluateInput(const F in[SIDE], F out[SIDE]) {
  out[0] = in[0] * splat(PP * QQ) - in[2] * splat(PP + QQ) + in[4];
  F even = in[4] - in[2] * splat(QQ), odd = (in[3] - in[1] * splat(QQ)) * splat(P);
  out[1] = even + odd;
  out[2] = even - odd;
  even = in[4] - in[2] * splat(PP), odd = (in[3] - in[1] * splat(PP)) * splat(Q);
  out[3] = even + odd;
  out[4] = even - odd;
  out[5] = in[1] * splat(PP * QQ) - in[3] * splat(PP + QQ) + in[5];
}

// G
INLINE void evaluateFilter(const F in[TAPS], F out[SIDE]) {
  out[0] = in[0] * splat(1.0f / (PP * QQ));
  F even = in[0] * splat(0.5f / (PP * (PP - QQ))) + in[2] * splat(0.5f / (PP - QQ));
  F odd = in[1] * splat(0.5f / (P * (PP - QQ)));
  out[1] = even + odd;
  out[2] = even - odd;
  even = in[0] * splat(0.5f / (QQ * (QQ - PP))) + in[2] * splat(0.5f / (QQ - PP));
  odd = in[1] * splat(0.5f / (Q * (QQ - PP)));
  out[3] = even + odd;
  out[4] = even - odd;
  out[5] = in[2];
}

// A^T
INLINE void interpolate(const F in[SIDE], F out[OUTPUTS]) {
  F even = in[1] + in[2], odd = in[1] - in[2], evenQ = in[3] + in[4], oddQ = in[3] - in[4];
  out[0] = in[0] + even + evenQ;
  out[1] = odd * splat(P) + oddQ * splat(Q);
  out[2] = even * splat(PP) + evenQ * splat(QQ);
  out[3] = odd * splat(PP * P) + oddQ * splat(QQ * Q) + in[5];
}

// A
INLINE void evaluateGradient(const F in[OUTPUTS], F out[SIDE]) {
  out[0] = in[0];
  F even = in[0] + in[2] * splat(PP), odd = in[1] * splat(P) + in[3] * splat(PP * P);
  out[1] = even + odd;
  out[2] = even - odd;
  even = in[0] + in[2] * splat(QQ), odd = in[1] * splat(Q) + in[3] * splat(QQ * Q);
  out[3] = even + odd;
  out[4] = even - odd;
  out[5] = in[3];
}

// G^T
INLINE void foldFilter(const F in[SIDE], F out[TAPS]) {
  F even = in[1] + in[2], odd = in[1] - in[2], evenQ = in[3] + in[4], oddQ = in[3] - in[4];
  out[0] =
      in[0] * splat(1.0f / (PP * QQ)) + even * splat(0.5f / (PP * (PP - QQ))) + evenQ * splat(0.5f / (QQ * (QQ - PP)));
  out[1] = odd * splat(0.5f / (P * (PP - QQ))) + oddQ * splat(0.5f / (Q * (QQ - PP)));
  out[2] = even * splat(0.5f / (PP - QQ)) + evenQ * splat(0.5f / (QQ - PP)) + in[5];
}

// A row of tiles evaluated along the vertical axis: SIDE rows of pixels, `step` numbers apart, zeros beside the image.
typedef struct {
  float *rows;
  u32 step;
  const float *nothing; // a row of zeros: above and below the image
} Band;

// Fills a band from `inputs` rows of an image, SIDE of x or OUTPUTS of dy, `line` numbers long, from row `top` on: the
// first `count` numbers of each, `before` numbers after the band's beginning.
INLINE void fillBand(int inputs, Band band, const float *image, int height, u32 line, int top, u32 before, u32 count) {
  const float *rows[SIDE];
  UNROLL for (int r = 0; r < inputs; r++) {
    int y = top + r;
    rows[r] = (u32)y < (u32)height ? image + y * (int)line : band.nothing;
  }
  float *to = band.rows + before;
  for (u32 e = 0; e < count; e += 4) {
    F in[SIDE], out[SIDE];
    UNROLL for (int r = 0; r < inputs; r++) in[r] = load(rows[r] + e);
    if (inputs == SIDE)
      evaluateInput(in, out);
    else
      evaluateGradient(in, out);
    UNROLL for (int r = 0; r < SIDE; r++) store(to + r * band.step + e, out[r]);
  }
}

// Evaluates the tile whose pixels begin at `at` in a band along the horizontal axis: to[channel] for so many of the
// channels of a pixel, `step` numbers from one point to the next.
INLINE void evaluateTile(int inputs, Band band, u32 at, u32 pixel, u32 channels, float *to, u32 step) {
  const float *from = band.rows + at;
  for (int r = 0; r < SIDE; r++, from += band.step, to += SIDE * step)
    for (u32 i = 0; i < channels; i += 4) {
      F in[SIDE], out[SIDE];
      UNROLL for (int c = 0; c < inputs; c++) in[c] = load(from + c * pixel + i);
      if (inputs == SIDE)
        evaluateInput(in, out);
      else
        evaluateGradient(in, out);
      UNROLL for (u32 c = 0; c < SIDE; c++) store(to + c * step + i, out[c]);
    }
}

typedef struct {
  int image, row, column;
} Tile;

INLINE Tile after(Tile tile, int rows, int columns) {
  if (++tile.column == columns) {
    tile.column = 0;
    if (++tile.row == rows) tile.row = 0, tile.image++;
  }
  return tile;
}

#endif
