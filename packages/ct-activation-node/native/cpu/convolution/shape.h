// The sizes of a convolution, which it shares with its gradients.
#pragma once
#include <cstdint>

namespace ctu {

// x is [batch, height, width, in], filter [rows, columns, in, out], y [batch, outHeight, outWidth, out], and
//
//     y[n, i, j, :] = sum over k, l of x[n, i * down + k - top, j * across + l - left, :] . filter[k, l]
//
// with zeros beyond the edges of x. They are multiplied like all else: what is not finite makes NaN of them.
struct ConvolutionShape {
  int64_t batch, height, width, in, rows, columns, out, outHeight, outWidth;
  int64_t down, across, top, left;
};

inline int64_t roundedUp(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }
inline int64_t ceilOf(int64_t n, int64_t by) { return (n + by - 1) / by; }

} // namespace ctu
