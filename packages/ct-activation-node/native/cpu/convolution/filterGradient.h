// The gradient of a convolution in its filter, for few channels and small images. Knows no TensorFlow.
//
//     dfilter[k, l, c, d] = sum over n, i, j of x[n, i * down + k - top, j * across + l - left, c] * dy[n, i, j, d]
//
// Units are a block of x's channels in one of some groups of images; the groups' sums are added at the end. Neither
// depends on the number of threads: results are reproducible.
#pragma once
#include <memory>
#include <vector>

#include "packed.h"

namespace ctu {

class FilterGradient {
 public:
  FilterGradient(const ConvolutionShape &shape, const float *x, const float *dy);

  int64_t units() const { return groups_ * packed.blocks; }
  // Cycles of a unit, about, for the scheduler.
  int64_t unitSize() const;
  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);
  // Adds up the groups, once all units are done.
  void finish(float *dfilter) const;

  // For the ISA bodies: images of a group, a block of channels, and the sums of the group, [taps, in, pitch].
  struct Unit {
    int64_t firstImage, endImage, block;
    float *sums;
  };

  const ConvolutionShape shape;
  const Packed packed;
  const float *const x;
  // Of dy; channels beyond the last are zeros.
  const int64_t pitch;
  const float *dy;
  // What is packed at a time: so many images, or rows of results of one.
  int64_t imagesAtOnce, rowsAtOnce;

 private:
  int64_t groups_, imagesPerGroup_;
  int64_t groupFloats_;
  std::vector<float> ownDy_;
  std::unique_ptr<float[]> sums_;
};

} // namespace ctu
