#include "pass.h"

#include <algorithm>

#include "isa.h"

namespace ctu {

// Both sizes are products of trailing dimensions of one shape, so the longer is a multiple of the shorter.
Pass::Pass(Kind kind, const float *x, const float *dy, float *result, int64_t n, Parameter beta, Parameter coeff,
           float *dbeta, float *dcoeff)
    : Walk(n, std::max({beta.size, coeff.size, int64_t{1}})),
      kind(kind), x(x), dy(dy), result(result), beta(beta), coeff(coeff) {
  if (kind != Kind::kSlopes) return;
  const auto prepare = [&](Sums &sums, float *gradient, int64_t size) {
    sums.gradient = gradient;
    sums.direct = blocks_ == 1 && size == std::min(width_, n);
    sums.slots = std::min(size, columns_);
    if (!sums.direct) sums.partial.resize(units_ * sums.slots);
  };
  prepare(dbeta_, dbeta, beta.size);
  prepare(dcoeff_, dcoeff, coeff.size);
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
