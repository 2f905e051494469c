// What a convolution reads of images, copied so that all loops over it are alike: blocks of 16 channels, the last one
// filled up with zeros; of each, rows; of each, the columns by their remainder modulo the stride, with zeros beyond the
// edges. What neighbouring results meet with one tap of the filter then lies 16 floats apart, at any stride.
#pragma once
#include "shape.h"

namespace ctu {

class Packed {
 public:
  // Channels of a block: a cache line.
  static constexpr int kBlock = 16;

  struct Image {
    int64_t height, width, channels;
  };
  // Of the entries that a result meets: rows and columns from the first to the last, which lies `top` above and `left`
  // before the image for the first result, and `down` and `across` further on for the next.
  struct Reach {
    int64_t rows, columns, top, left, down, across;
  };

  // `columns`: of a row of results.
  Packed(const Image &image, const Reach &reach, int64_t columns)
      : image(image),
        reach(reach),
        blocks(ceilOf(image.channels, kBlock)),
        planeColumns(columns + (reach.columns - 1) / reach.across),
        rowFloats(planeColumns * reach.across * kBlock) {}

  // Rows that so many rows of results meet.
  int64_t rows(int64_t results) const { return (results - 1) * reach.down + reach.rows; }
  // Where the entry lies that is so far from the first one that a result meets.
  int64_t at(int64_t row, int64_t column) const {
    return row * rowFloats + (column % reach.across * planeColumns + column / reach.across) * kBlock;
  }

  const Image image;
  const Reach reach;
  const int64_t blocks, planeColumns, rowFloats;
};

} // namespace ctu
