// One step of Adam on an array of parameters. Knows no TensorFlow.
//
//     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  w - scale * m / (sqrt(v) / correction + epsilon)
//
// with b1 = 0.9, b2 = 0.999, epsilon = 1e-8: src/kernels/adamKernel.ts of @curvature-tuning/activation.
#pragma once
#include <algorithm>
#include <cstdint>

namespace ctu {

class AdamStep {
 public:
  // The moments `first` and `second` are updated where they are. n entries each.
  struct Arrays {
    const float *weights, *gradient;
    float *first, *second, *updated;
    int64_t n;
  };

  // lr / (1 - b1^t), and the root of 1 - b2^t.
  AdamStep(const Arrays &arrays, float scale, float correction)
      : arrays(arrays), scale(scale), byCorrection(1.0f / correction) {}

  int64_t units() const { return (arrays.n + kUnit - 1) / kUnit; }
  // Elements of a unit, for the scheduler.
  int64_t unitSize() const { return std::min(arrays.n, kUnit); }
  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);

  // For the ISA bodies.
  const Arrays arrays;
  const float scale, byCorrection;

 private:
  // About 30 us of work.
  static constexpr int64_t kUnit = 32768;
};

} // namespace ctu
