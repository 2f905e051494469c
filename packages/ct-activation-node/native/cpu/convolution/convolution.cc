#include "convolution.h"

#include <memory>

#include "../isa.h"

namespace ctu {
namespace {

using Kind = Convolution::Kind;

// Multiplications of a unit: some 20 us.
constexpr int64_t kUnit = 1 << 20;
// Floats that are packed for a unit: they stay in the cache, and their memory in the heap.
constexpr int64_t kPacked = 1 << 14;

Packed::Image imageOf(Kind kind, const ConvolutionShape &of, bool isSource) {
  if ((kind == Kind::kForward) == isSource) return {of.height, of.width, of.in};
  return {of.outHeight, of.outWidth, of.out};
}

// Along one axis, what dx takes of dy: dx[i] meets dy[(i + before - k) / step] for the k that leave no remainder, and
// the first of them, for i < step, lies `before` the edge of dy. dy[i / step] itself is among them, or between.
struct Span {
  int64_t before, length;
};
Span spanOf(int64_t step, int64_t before, int64_t taps) {
  int64_t least = 0, most = 0;
  for (int64_t i = 0; i < step; i++)
    for (int64_t k = 0; k < taps; k++) {
      if ((i + before - k) % step != 0) continue;
      least = std::min(least, (i + before - k) / step);
      most = std::max(most, (i + before - k) / step);
    }
  return {-least, most - least + 1};
}

Packed packedOf(Kind kind, const ConvolutionShape &of) {
  const Packed::Image source = imageOf(kind, of, true);
  if (kind == Kind::kForward) return {source, {of.rows, of.columns, of.top, of.left, of.down, of.across}, of.outWidth};
  const Span rows = spanOf(of.down, of.top, of.rows), columns = spanOf(of.across, of.left, of.columns);
  return {source, {rows.length, columns.length, rows.before, columns.before, 1, 1}, ceilOf(of.width, of.across)};
}

// [taps, rows, columns] to [taps, rows, pitch], or, transposed, to [taps, columns, pitch].
std::vector<float> laidOut(const float *filter, int64_t taps, int64_t rows, int64_t columns, bool transposed) {
  // A square of which fits the cache, however far apart its rows are.
  constexpr int64_t kSquare = 16;
  const int64_t pitch = roundedUp(transposed ? rows : columns, Packed::kBlock);
  std::vector<float> result(taps * (transposed ? columns : rows) * pitch);
  float *into = result.data();
  for (int64_t tap = 0; tap < taps; tap++, filter += rows * columns, into += (transposed ? columns : rows) * pitch)
    for (int64_t i = 0; i < rows; i += kSquare)
      for (int64_t j = 0; j < columns; j += kSquare)
        for (int64_t jj = j; jj < std::min(columns, j + kSquare); jj++)
          for (int64_t ii = i; ii < std::min(rows, i + kSquare); ii++)
            into[transposed ? jj * pitch + ii : ii * pitch + jj] = filter[ii * columns + jj];
  return result;
}

} // namespace

Convolution::Convolution(Kind kind, const ConvolutionShape &shape, const float *source, const float *filter,
                         const float *bias, float *target)
    : target(imageOf(kind, shape, false)),
      down(kind == Kind::kForward ? 1 : shape.down),
      across(kind == Kind::kForward ? 1 : shape.across),
      packed(packedOf(kind, shape)),
      source(source),
      result(target),
      pitch(roundedUp(this->target.channels, Packed::kBlock)),
      filter(filter),
      batch_(shape.batch) {
  const bool isForward = kind == Kind::kForward;
  const int64_t taps = shape.rows * shape.columns, matrix = packed.image.channels * pitch;
  if (!isForward || pitch != shape.out) {
    ownFilter_ = laidOut(filter, taps, shape.in, shape.out, !isForward);
    this->filter = ownFilter_.data();
  }
  ownBias_.resize(pitch);
  if (bias != nullptr) std::copy_n(bias, this->target.channels, ownBias_.begin());
  this->bias = ownBias_.data();

  taps_.reserve(taps);
  for (int64_t row = 0; row < down; row++)
    for (int64_t column = 0; column < across; column++) {
      const Tap *first = taps_.data() + taps_.size();
      for (int64_t k = 0; k < shape.rows; k++)
        for (int64_t l = 0; l < shape.columns; l++) {
          const int64_t at = (k * shape.columns + l) * matrix;
          const int64_t below = row + shape.top - k, beside = column + shape.left - l;
          if (isForward)
            taps_.push_back({packed.at(k, l), at});
          else if (below % down == 0 && beside % across == 0)
            taps_.push_back({packed.at(below / down + packed.reach.top, beside / across + packed.reach.left), at});
        }
      const int64_t rows = ceilOf(this->target.height - row, down);
      const int64_t columns = ceilOf(this->target.width - column, across);
      grids_.push_back({row, column, rows, columns, first, taps_.data() + taps_.size() - first});
    }
  grids = grids_.data();
  gridCount = static_cast<int64_t>(grids_.size());

  const int64_t rows = std::max<int64_t>(1, ceilOf(this->target.height, down));
  perRow_ = std::max<int64_t>(1, shape.outHeight * shape.outWidth * taps * shape.in * shape.out / rows);
  const int64_t rowFloats = std::max<int64_t>(1, packed.blocks * packed.rowFloats);
  const int64_t fits = (kPacked / rowFloats - packed.reach.rows) / packed.reach.down + 1;
  rowsPerUnit_ = std::max<int64_t>(1, std::min({rows, kUnit / perRow_, fits}));
  rowBlocks_ = ceilOf(rows, rowsPerUnit_);
  const int64_t images =
      std::min(kUnit / (perRow_ * rows), kPacked / (rowFloats * std::max<int64_t>(1, packed.rows(rows))));
  imagesPerUnit_ = rowBlocks_ > 1 ? 1 : std::max<int64_t>(1, std::min(images, batch_));
  groups_ = ceilOf(batch_, imagesPerUnit_);
}

void Convolution::run(int64_t from, int64_t to) {
  const int64_t floats = imagesPerUnit_ * packed.blocks * packed.rows(rowsPerUnit_) * packed.rowFloats;
  const std::unique_ptr<float[]> copy(new float[floats]);
  for (int64_t k = from; k < to; k++) {
    const int64_t image = k / rowBlocks_ * imagesPerUnit_, row = k % rowBlocks_ * rowsPerUnit_;
    isa().convolveUnit(*this,
                       {image, std::min(imagesPerUnit_, batch_ - image), row,
                        std::min(rowsPerUnit_, ceilOf(target.height, down) - row)},
                       copy.get());
  }
}

} // namespace ctu
