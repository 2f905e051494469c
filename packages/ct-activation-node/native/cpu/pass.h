// One pass over a tensor: y from x, or dx and maybe the parameters' gradients from x and dy. Knows no TensorFlow.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "../form.h"
#include "walk.h"

namespace ctu {

enum class Kind { kValue, kSlope, kSlopes };

// Element i of the tensor belongs to element i mod size; size divides the number of elements.
struct Parameter {
  const float *values;
  int64_t size;
};

// phi itself.
constexpr Form kPlain = {std::numeric_limits<float>::infinity(), 0.0f};

// Where the sums of one parameter's gradient go.
struct Sums {
  float *gradient = nullptr;
  // Each element belongs to one unit alone, which writes it at once.
  bool direct = false;
  // Numbers that a unit leaves: its columns, folded if the parameter is shorter.
  int64_t slots = 0;
  std::vector<double> partial;
};

class Pass : public Walk {
 public:
  // `result` is y or dx. `dy` for kSlope and kSlopes; dbeta and dcoeff, of the parameters' sizes, for kSlopes.
  Pass(Kind kind, const float *x, const float *dy, float *result, int64_t n, Parameter beta, Parameter coeff,
       float *dbeta = nullptr, float *dcoeff = nullptr);

  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);
  // Adds up dbeta and dcoeff, after all units. For kSlopes only.
  void finish();

  // For the ISA bodies.
  const Kind kind;
  const float *const x;
  const float *const dy;
  float *const result;
  const Parameter beta, coeff;
  Form form = kPlain;

  // Takes the sums over a unit's columns.
  void deposit(const Unit &unit, const double *dbeta, const double *dcoeff);

 private:
  void deposit(Sums &sums, const Unit &unit, const double *of, int64_t size);
  void finish(Sums &sums, int64_t size);

  Sums dbeta_, dcoeff_;
};

} // namespace ctu
