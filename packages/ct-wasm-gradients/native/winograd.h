// Minimal filtering along one axis (Toom and Cook, Winograd): 4 outputs of a filter of 3 taps from 6 inputs by 6
// products, where the sums take 12.
//
//     out = A^T ((G filter) * (B^T in))
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

#endif
