#include "walk.h"

#include <algorithm>

namespace ctu {
namespace {

// Columns come in multiples of the widest step (body.h) for every ISA, so that the units are the same ones.
constexpr int64_t kWidestStep = 32;
// About 30 us of work: enough to hide the preparation of a tile and the hand-over to a thread.
constexpr int64_t kUnitSize = 32768;
// From this width on a ragged last tile costs less than several periods side by side.
constexpr int64_t kLongPeriod = 1024;

int64_t roundUp(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

} // namespace

Walk::Walk(int64_t n, int64_t period) : n(n) {
  width_ = period;
  if (period < kLongPeriod) {
    while (width_ % kWidestStep != 0) width_ += period;
    if (width_ < kColumns) width_ *= kColumns / width_;
  }
  const int64_t used = std::min(width_, n);
  tiles_ = used == 0 ? 0 : (used + kColumns - 1) / kColumns;
  columns_ = tiles_ == 0 ? kWidestStep : roundUp((used + tiles_ - 1) / tiles_, kWidestStep);
  const int64_t rows = (n + width_ - 1) / width_;
  rowsPerUnit_ = std::max<int64_t>(1, std::min(rows, kUnitSize / columns_));
  blocks_ = (rows + rowsPerUnit_ - 1) / rowsPerUnit_;
  units_ = tiles_ * blocks_;
}

Walk::Unit Walk::unit(int64_t index) const {
  const int64_t first = index % tiles_ * columns_;
  const int64_t row = index / tiles_ * rowsPerUnit_;
  const int64_t rows = (n + width_ - 1) / width_;
  return {index, first, std::min({columns_, width_ - first, n - first}), row, std::min(row + rowsPerUnit_, rows)};
}

} // namespace ctu
