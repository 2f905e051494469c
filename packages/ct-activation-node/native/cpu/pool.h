// The gradient of max pooling. Knows no TensorFlow.
//
// dy of a window goes to its first entry, row by row, than which none after it is greater: among equals the first, and a
// NaN where it comes first; others are passed over. That, and the order in which windows are added, are TensorFlow's.
#pragma once
#include <algorithm>
#include <cstdint>

namespace ctu {

class MaxPoolGradient {
 public:
  // x is [batch, height, width, channels], dy [batch, outHeight, outWidth, channels].
  struct Shape {
    int64_t batch, height, width, channels, outHeight, outWidth;
  };
  // Windows begin `top` rows above x and `left` columns before it.
  struct Window {
    int64_t height, width, down, across, top, left;
  };

  MaxPoolGradient(const Shape &shape, const Window &window, const float *x, const float *dy, float *dx)
      : shape(shape), window(window), x(x), dy(dy), dx(dx),
        blocks_((shape.channels + kChannels - 1) / kChannels) {}

  int64_t units() const { return shape.batch * blocks_; }
  // Elements of a unit, for the scheduler.
  int64_t unitSize() const { return shape.height * shape.width * std::min(shape.channels, kChannels); }
  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);

  // For the ISA bodies.
  const Shape shape;
  const Window window;
  const float *const x, *const dy;
  float *const dx;

 private:
  // Of a unit, which is an image's; a multiple of every ISA's lanes and of a cache line.
  static constexpr int64_t kChannels = 64;
  const int64_t blocks_;
};

} // namespace ctu
