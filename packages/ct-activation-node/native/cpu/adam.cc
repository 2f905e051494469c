#include "adam.h"

#include "isa.h"

namespace ctu {

void AdamStep::run(int64_t from, int64_t to) {
  isa().adamRange(*this, from * kUnit, std::min(arrays.n, to * kUnit));
}

} // namespace ctu
