#include "isa.h"

#include <cstdlib>
#include <cstring>

namespace ctu {

namespace baseline {
extern const Isa isa;
}
#ifdef __x86_64__
namespace avx2 {
extern const Isa isa;
}
namespace avx512 {
extern const Isa isa;
}
#endif

namespace {

const Isa &chooseIsa() {
  const char *wanted = std::getenv("CT_NODE_ISA");
  const auto allows = [wanted](const char *name) { return wanted == nullptr || std::strcmp(wanted, name) == 0; };
#ifdef __x86_64__
  __builtin_cpu_init();
  const bool hasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool hasAvx512 = hasAvx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (hasAvx512 && allows("avx512")) return avx512::isa;
  if (hasAvx2 && (allows("avx2") || allows("avx512"))) return avx2::isa;
#endif
  return baseline::isa;
}

} // namespace

const Isa &isa() {
  static const Isa &chosen = chooseIsa();
  return chosen;
}

const char *isaName() { return isa().name; }

} // namespace ctu
