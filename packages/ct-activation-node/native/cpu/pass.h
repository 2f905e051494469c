// One pass over a tensor: y from x, or dx and maybe the parameters' gradients from x and dy. Knows no TensorFlow.
//
// The tensor is walked as a matrix whose rows hold one period of the parameters, or as many as make rows of whole
// vectors (16 * 3 for 3 channels). Tiles of columns, cut into blocks of rows, are the units that threads take: within
// one, parameters load as vectors and every access is contiguous, whatever the number of channels is. Neither the
// units nor the order in which their sums are added depends on the number of threads: results are reproducible.
#pragma once
#include <cstdint>
#include <vector>

namespace ctu {

enum class Kind { kValue, kSlope, kSlopes };

// Element i of the tensor belongs to element i mod size; size divides the number of elements.
struct Parameter {
  const float *values;
  int64_t size;
};

// Most columns of a tile, which bounds the scratch memory: 20 KB on the stack.
constexpr int kColumns = 256;
// Rows between two moves of the float32 sums to float64: keeps their rounding near 1e-6 of the sum of magnitudes.
constexpr int kRowsPerFlush = 64;

// Where the sums of one parameter's gradient go.
struct Sums {
  float *gradient = nullptr;
  // Each element belongs to one unit alone, which writes it at once.
  bool direct = false;
  // Numbers that a unit leaves: its columns, folded if the parameter is shorter.
  int64_t slots = 0;
  std::vector<double> partial;
};

class Pass {
 public:
  // `result` is y or dx. `dy` for kSlope and kSlopes; dbeta and dcoeff, of the parameters' sizes, for kSlopes.
  Pass(Kind kind, const float *x, const float *dy, float *result, int64_t n, Parameter beta, Parameter coeff,
       float *dbeta = nullptr, float *dcoeff = nullptr);

  int64_t units() const { return units_; }
  // Elements of a unit, for the scheduler.
  int64_t unitSize() const { return rowsPerUnit_ * columns_; }
  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);
  // Adds up dbeta and dcoeff, after all units. For kSlopes only.
  void finish();

  // For the ISA bodies.
  const Kind kind;
  const float *const x;
  const float *const dy;
  float *const result;
  const int64_t n;
  const Parameter beta, coeff;

  // The rectangle of one unit.
  struct Unit {
    int64_t index, firstColumn, columns, firstRow, endRow;
  };
  Unit unit(int64_t index) const;
  int64_t width() const { return width_; }
  // Takes the sums over a unit's columns.
  void deposit(const Unit &unit, const double *dbeta, const double *dcoeff);

 private:
  void deposit(Sums &sums, const Unit &unit, const double *of, int64_t size);
  void finish(Sums &sums, int64_t size);

  int64_t width_, columns_, tiles_, rowsPerUnit_, units_;
  Sums dbeta_, dcoeff_;
};

// The instruction set in use: "avx512", "avx2" or "baseline". The environment variable CT_NODE_ISA, read once, names
// one to use instead of the best, where the processor has it.
const char *isaName();

} // namespace ctu
