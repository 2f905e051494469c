#include "filterGradient.h"

#include <algorithm>

#include "../isa.h"

namespace ctu {
namespace {

// Enough to keep threads busy; more would make more sums to add.
constexpr int64_t kUnits = 16;
// Results, about, between two moves of the sums from registers to memory; what they are made of fits the cache.
constexpr int64_t kPixels = 128;

} // namespace

FilterGradient::FilterGradient(const ConvolutionShape &shape, const float *x, const float *dy)
    : shape(shape),
      packed({shape.height, shape.width, shape.in},
             {shape.rows, shape.columns, shape.top, shape.left, shape.down, shape.across}, shape.outWidth),
      x(x),
      pitch(roundedUp(shape.out, Packed::kBlock)),
      dy(dy) {
  const int64_t pixels = std::max<int64_t>(1, shape.outHeight * shape.outWidth);
  if (pitch != shape.out) {
    ownDy_.resize(shape.batch * pixels * pitch);
    for (int64_t k = 0; k < shape.batch * shape.outHeight * shape.outWidth; k++)
      std::copy_n(dy + k * shape.out, shape.out, ownDy_.begin() + k * pitch);
    this->dy = ownDy_.data();
  }
  imagesAtOnce = std::max<int64_t>(1, std::min(shape.batch, kPixels / pixels));
  rowsAtOnce = ceilOf(shape.outHeight, std::max<int64_t>(1, ceilOf(pixels, kPixels)));
  groups_ = std::max<int64_t>(1, std::min(shape.batch, kUnits / std::max<int64_t>(1, packed.blocks)));
  imagesPerGroup_ = ceilOf(shape.batch, groups_);
  groups_ = imagesPerGroup_ == 0 ? 0 : ceilOf(shape.batch, imagesPerGroup_);
  groupFloats_ = shape.rows * shape.columns * shape.in * pitch;
  sums_.reset(new float[groups_ * groupFloats_]);
}

int64_t FilterGradient::unitSize() const {
  return imagesPerGroup_ * shape.outHeight * shape.outWidth * shape.rows * shape.columns * pitch;
}

void FilterGradient::run(int64_t from, int64_t to) {
  const std::unique_ptr<float[]> copy(new float[imagesAtOnce * packed.rows(rowsAtOnce) * packed.rowFloats]);
  for (int64_t k = from; k < to; k++) {
    const int64_t group = k / packed.blocks, image = group * imagesPerGroup_;
    isa().filterGradientUnit(
        *this,
        {image, std::min(shape.batch, image + imagesPerGroup_), k % packed.blocks, sums_.get() + group * groupFloats_},
        copy.get());
  }
}

void FilterGradient::finish(float *dfilter) const {
  for (int64_t row = 0; row < shape.rows * shape.columns * shape.in; row++, dfilter += shape.out) {
    std::fill_n(dfilter, shape.out, 0.0f);
    for (int64_t group = 0; group < groups_; group++) {
      const float *sums = sums_.get() + group * groupFloats_ + row * pitch;
      for (int64_t k = 0; k < shape.out; k++) dfilter[k] += sums[k];
    }
  }
}

} // namespace ctu
