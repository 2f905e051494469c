// The instruction sets that the kernels are compiled for, and which of them runs.
#pragma once
#include "adam.h"
#include "convolution/convolution.h"
#include "convolution/filterGradient.h"
#include "normalize.h"
#include "pass.h"
#include "pool.h"

namespace ctu {

// What each ISA file defines; see body.h.
struct Isa {
  const char *name;
  void (*runUnit)(Pass &, const Walk::Unit &);
  void (*normalizeUnit)(Normalization &, const Walk::Unit &);
  void (*adamRange)(AdamStep &, int64_t from, int64_t to);
  void (*poolChannels)(MaxPoolGradient &, int64_t image, int64_t first, int64_t end);
  void (*convolveUnit)(const Convolution &, const Convolution::Unit &, float *packed);
  void (*filterGradientUnit)(const FilterGradient &, const FilterGradient::Unit &, float *packed);
};

// The one in use. The environment variable CT_NODE_ISA, read once, names one to use instead of the best, where the
// processor has it.
const Isa &isa();

// Its name: "avx512", "avx2" or "baseline".
const char *isaName();

} // namespace ctu
