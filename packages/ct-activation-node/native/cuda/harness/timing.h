// Times of the kernels beside a copy on the card, which is what its memory allows.
#pragma once
#include <string>
#include <vector>

namespace timing {

// Of one shape and kind of parameters, interleaved.
struct Timing {
  // Channels last.
  std::vector<long long> shape;
  std::string parameters;
  struct Pass {
    std::string name;
    // Tensors of the shape that are read and written.
    int tensors;
    double median, low, high; // ms, quartiles
  };
  std::vector<Pass> passes;
};

// At [32, 56, 56, 64], which an H100's cache nearly holds, at `largest` images of that size, and at other widths.
std::vector<Timing> measure(long long largest);

} // namespace timing
