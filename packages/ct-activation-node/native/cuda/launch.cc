#include "launch.h"

#include <algorithm>

namespace ctu {
namespace cuda {
namespace {

struct Size {
  unsigned x = 1, y = 1;
};

template <class... Arguments>
std::string launch(const char *name, Function function, Stream stream, Size grid, Size block, Arguments... arguments) {
  void *pointers[] = {static_cast<void *>(&arguments)...};
  return describe(
      *driver(), name,
      driver()->launchKernel(function, grid.x, grid.y, 1, block.x, block.y, 1, 0, stream, pointers, nullptr));
}

// As in ctu.cu.
constexpr unsigned kThreads = 256;
constexpr unsigned kBlockColumns = 32, kBlockRows = 8, kSumThreads = 256;
static_assert(2 * 4 * kBlockColumns == kBlockColumns * kBlockRows,
              "the sums of a block of ctuSlopes are one for each thread");

// Blocks that keep every card busy: an H100 runs 132 * 8 of 256 threads at once.
constexpr long long kManyBlocks = 4096;

long long divideUp(long long a, long long b) { return (a + b - 1) / b; }

Size elementwiseGrid(long long n) { return {static_cast<unsigned>(std::min(divideUp(n, 4 * kThreads), kManyBlocks))}; }

std::string launchSum(const Kernels &kernels, Stream stream, const float *partial, const SlopesPlan &plan, float *out,
                      long long size) {
  if (size == 0) return "";
  const long long splits = plan.splits;
  const long long terms = splits * divideUp(plan.columns, size);
  const int alone = terms < 64;
  const Size grid{static_cast<unsigned>(alone ? divideUp(size, kSumThreads) : size)};
  return launch("ctuSum", kernels.sum, stream, grid, {kSumThreads}, partial, splits, plan.columns, out, size, alone);
}

} // namespace

std::string launchValue(Stream stream, const float *x, float *y, long long n, DeviceParameter beta,
                        DeviceParameter coeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  return launch("ctuValue", kernels.value, stream, elementwiseGrid(n), {kThreads}, x, y, n, beta.values, beta.size,
                coeff.values, coeff.size);
}

std::string launchSlope(Stream stream, const float *x, const float *dy, float *dx, long long n, DeviceParameter beta,
                        DeviceParameter coeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  return launch("ctuSlope", kernels.slope, stream, elementwiseGrid(n), {kThreads}, x, dy, dx, n, beta.values, beta.size,
                coeff.values, coeff.size);
}

SlopesPlan planSlopes(long long n, long long betas, long long coeffs) {
  constexpr long long kWideEnough = 512;
  const long long period = std::max({betas, coeffs, 1LL});
  SlopesPlan plan{};
  plan.width = period;
  while (plan.width % 4 != 0) plan.width += period;
  if (plan.width < kWideEnough) plan.width *= divideUp(kWideEnough, plan.width);
  plan.columns = std::min(plan.width, n);
  plan.blocks = static_cast<unsigned>(divideUp(plan.columns, 4 * kBlockColumns));
  const long long rows = divideUp(n, plan.width);
  // Four rows for each thread at least: the sums of a block are written out.
  plan.splits =
      static_cast<unsigned>(std::max(1LL, std::min(rows / (4 * kBlockRows), kManyBlocks / std::max(1u, plan.blocks))));
  return plan;
}

std::string launchSlopes(Stream stream, const SlopesPlan &plan, const float *x, const float *dy, float *dx, long long n,
                         DeviceParameter beta, DeviceParameter coeff, float *partial, float *dbeta, float *dcoeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  if (n > 0)
    problem = launch("ctuSlopes", kernels.slopes, stream, {plan.blocks, plan.splits}, {kBlockColumns, kBlockRows}, x,
                     dy, dx, n, beta.values, beta.size, coeff.values, coeff.size, plan.width, plan.columns, partial);
  if (problem.empty()) problem = launchSum(kernels, stream, partial, plan, dbeta, beta.size);
  if (problem.empty())
    problem = launchSum(kernels, stream, partial + plan.splits * plan.columns, plan, dcoeff, coeff.size);
  return problem;
}

} // namespace cuda
} // namespace ctu
