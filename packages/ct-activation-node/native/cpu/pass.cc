#include "pass.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace ctu {

// One for each ISA file; see body.h.
namespace baseline {
void runUnit(Pass &pass, const Pass::Unit &unit);
}
#ifdef __x86_64__
namespace avx2 {
void runUnit(Pass &pass, const Pass::Unit &unit);
}
namespace avx512 {
void runUnit(Pass &pass, const Pass::Unit &unit);
}
#endif

namespace {

// Columns come in multiples of the widest step (body.h) for every ISA, so that the units are the same ones.
constexpr int64_t kWidestStep = 32;
// About 30 us of work: enough to hide the preparation of a tile and the hand-over to a thread.
constexpr int64_t kUnitSize = 32768;
// From this width on a ragged last tile costs less than several periods side by side.
constexpr int64_t kLongPeriod = 1024;

int64_t roundUp(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

struct Isa {
  const char *name;
  void (*runUnit)(Pass &, const Pass::Unit &);
};

Isa chooseIsa() {
  const char *wanted = std::getenv("CT_NODE_ISA");
  const auto allows = [wanted](const char *name) { return wanted == nullptr || std::strcmp(wanted, name) == 0; };
#ifdef __x86_64__
  __builtin_cpu_init();
  const bool hasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool hasAvx512 = hasAvx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (hasAvx512 && allows("avx512")) return {"avx512", avx512::runUnit};
  if (hasAvx2 && (allows("avx2") || allows("avx512"))) return {"avx2", avx2::runUnit};
#endif
  return {"baseline", baseline::runUnit};
}

const Isa &isa() {
  static const Isa chosen = chooseIsa();
  return chosen;
}

} // namespace

const char *isaName() { return isa().name; }

Pass::Pass(Kind kind, const float *x, const float *dy, float *result, int64_t n, Parameter beta, Parameter coeff,
           float *dbeta, float *dcoeff)
    : kind(kind), x(x), dy(dy), result(result), n(n), beta(beta), coeff(coeff) {
  // Both sizes are products of trailing dimensions of one shape, so the longer is a multiple of the shorter.
  const int64_t period = std::max({beta.size, coeff.size, int64_t{1}});
  width_ = period;
  if (period < kLongPeriod) {
    while (width_ % kWidestStep != 0) width_ += period;
    if (width_ < kColumns) width_ *= kColumns / width_;
  }
  const int64_t used = std::min(width_, n);
  tiles_ = used == 0 ? 0 : (used + kColumns - 1) / kColumns;
  columns_ = tiles_ == 0 ? kWidestStep : roundUp((used + tiles_ - 1) / tiles_, kWidestStep);
  const int64_t rows = (n + width_ - 1) / width_;
  rowsPerUnit_ = std::max<int64_t>(1, std::min(rows, kUnitSize / columns_));
  const int64_t blocks = (rows + rowsPerUnit_ - 1) / rowsPerUnit_;
  units_ = tiles_ * blocks;

  if (kind != Kind::kSlopes) return;
  const auto prepare = [&](Sums &sums, float *gradient, int64_t size) {
    sums.gradient = gradient;
    sums.direct = blocks == 1 && size == used;
    sums.slots = std::min(size, columns_);
    if (!sums.direct) sums.partial.resize(units_ * sums.slots);
  };
  prepare(dbeta_, dbeta, beta.size);
  prepare(dcoeff_, dcoeff, coeff.size);
}

Pass::Unit Pass::unit(int64_t index) const {
  const int64_t first = index % tiles_ * columns_;
  const int64_t row = index / tiles_ * rowsPerUnit_;
  const int64_t rows = (n + width_ - 1) / width_;
  return {index, first, std::min({columns_, width_ - first, n - first}), row, std::min(row + rowsPerUnit_, rows)};
}

void Pass::run(int64_t from, int64_t to) {
  for (int64_t k = from; k < to; k++) isa().runUnit(*this, unit(k));
}

void Pass::deposit(const Unit &unit, const double *dbeta, const double *dcoeff) {
  deposit(dbeta_, unit, dbeta, beta.size);
  deposit(dcoeff_, unit, dcoeff, coeff.size);
}

void Pass::deposit(Sums &sums, const Unit &unit, const double *of, int64_t size) {
  if (sums.direct) {
    for (int64_t i = 0; i < unit.columns; i++) sums.gradient[unit.firstColumn + i] = static_cast<float>(of[i]);
    return;
  }
  double *slots = sums.partial.data() + unit.index * sums.slots;
  for (int64_t i = 0, slot = 0; i < unit.columns; i++) {
    slots[slot] += of[i];
    if (++slot == size) slot = 0;
  }
}

void Pass::finish() {
  finish(dbeta_, beta.size);
  finish(dcoeff_, coeff.size);
}

void Pass::finish(Sums &sums, int64_t size) {
  if (sums.direct || size == 0) return;
  std::vector<double> total(size);
  for (int64_t k = 0; k < units_; k++) {
    const Unit from = unit(k);
    const double *slots = sums.partial.data() + k * sums.slots;
    int64_t at = from.firstColumn % size;
    for (int64_t i = 0; i < std::min(sums.slots, from.columns); i++) {
      total[at] += slots[i];
      if (++at == size) at = 0;
    }
  }
  for (int64_t i = 0; i < size; i++) sums.gradient[i] = static_cast<float>(total[i]);
}

} // namespace ctu
