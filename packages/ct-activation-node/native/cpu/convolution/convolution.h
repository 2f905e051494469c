// A convolution, and its gradient in x, for few channels and small images. Knows no TensorFlow.
//
// Both are one loop: results on a grid of pixels, each the sum over taps of a row of the source's channels times a
// matrix of the filter. The gradient in x has a grid of its own for every remainder modulo the strides, with the taps
// that reach it, and the filter transposed.
#pragma once
#include <algorithm>
#include <vector>

#include "packed.h"

namespace ctu {

class Convolution {
 public:
  enum class Kind { kForward, kInputGradient };

  // Forward, `source` is x, and `target` y, which begins with `bias` where that is not null; else they are dy and dx.
  Convolution(Kind kind, const ConvolutionShape &shape, const float *source, const float *filter, const float *bias,
              float *target);

  int64_t units() const { return groups_ * rowBlocks_; }
  // Cycles of a unit, about, for the scheduler.
  int64_t unitSize() const { return perRow_ * rowsPerUnit_ * imagesPerUnit_ / 16; }
  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);

  // For the ISA bodies: images, and rows of the grid.
  struct Unit {
    int64_t firstImage, images, firstRow, rows;
  };
  // Where a tap reads, from the pixel's first entry, and its matrix.
  struct Tap {
    int64_t source, filter;
  };
  // The pixels (i * down + row, j * across + column), i < rows, j < columns, and their taps.
  struct Grid {
    int64_t row, column, rows, columns;
    const Tap *taps;
    int64_t count;
  };

  const Packed::Image target;
  const int64_t down, across;
  const Packed packed;
  const float *const source;
  float *const result;
  // Rows of a tap's matrix are `pitch` floats apart, a multiple of 16, and so many, zeros at the end, has the bias.
  const int64_t pitch;
  const float *filter, *bias;
  const Grid *grids;
  int64_t gridCount;

 private:
  int64_t batch_, perRow_, rowsPerUnit_, imagesPerUnit_, rowBlocks_, groups_;
  std::vector<float> ownFilter_, ownBias_;
  std::vector<Tap> taps_;
  std::vector<Grid> grids_;
};

} // namespace ctu
