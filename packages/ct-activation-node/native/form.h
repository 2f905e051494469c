// No includes: NVRTC takes this too.
#pragma once

namespace ctu {

// The form of a unit: y = alpha * x + (1 - alpha) * u, u = phi(x) - phi(x - maxValue). It clips where maxValue is
// finite, and leaks where alpha is not 0; phi itself does neither.
struct Form {
  float maxValue, alpha;
};

} // namespace ctu
