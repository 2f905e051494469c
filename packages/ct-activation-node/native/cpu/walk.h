// How a tensor is walked: as a matrix whose rows hold one period of the parameters, or as many as make rows of whole
// vectors (16 * 3 for 3 channels). Tiles of columns, cut into blocks of rows, are the units that threads take: within
// one, parameters load as vectors and every access is contiguous, whatever the number of channels is. Neither the
// units nor the order in which their sums are added depends on the number of threads: results are reproducible.
#pragma once
#include <cstdint>

namespace ctu {

// Most columns of a tile, which bounds the scratch memory: 20 KB on the stack.
constexpr int kColumns = 256;
// Rows between two moves of the float32 sums to float64: keeps their rounding near 1e-6 of the sum of magnitudes.
constexpr int kRowsPerFlush = 64;

class Walk {
 public:
  // Of n elements, with parameters that repeat after `period` of them.
  Walk(int64_t n, int64_t period);

  int64_t units() const { return units_; }
  // Elements of a unit, for the scheduler.
  int64_t unitSize() const { return rowsPerUnit_ * columns_; }
  int64_t width() const { return width_; }

  // The rectangle of one unit.
  struct Unit {
    int64_t index, firstColumn, columns, firstRow, endRow;
  };
  Unit unit(int64_t index) const;

  const int64_t n;

 protected:
  int64_t width_, columns_, tiles_, rowsPerUnit_, blocks_, units_;
};

} // namespace ctu
