#include "pool.h"

#include "isa.h"

namespace ctu {

void MaxPoolGradient::run(int64_t from, int64_t to) {
  for (int64_t k = from; k < to; k++) {
    const int64_t first = k % blocks_ * kChannels;
    isa().poolChannels(*this, k / blocks_, first, std::min(shape.channels, first + kChannels));
  }
}

} // namespace ctu
