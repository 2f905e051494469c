#include "launch.h"

#include <algorithm>
#include <numeric>

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
constexpr long long kThreads = 256;
constexpr unsigned kBlockLanes = 32, kBlockRows = 8, kSumThreads = 256;
constexpr long long kBlockColumns = 4 * kBlockLanes, kFewTerms = 64;
static_assert(2 * kBlockColumns == kBlockLanes * kBlockRows,
              "the sums of a block of ctuSlopes are one for each thread");
struct Terms {
  long long size, count;
  float *at;
};

// Blocks for each multiprocessor. Of ctuSlopes as many as have room at once, since each writes sums out; of the others
// several times that, so that none waits for the last: measured on an H100, tools/bench/results/cuda-h100.json.
constexpr long long kWalkBlocksEach = 32, kSlopesBlocksEach = 4;

long long divideUp(long long a, long long b) { return (a + b - 1) / b; }

// After how many elements both parameters begin anew.
long long periodOf(long long betas, long long coeffs) { return std::lcm(std::max(betas, 1LL), std::max(coeffs, 1LL)); }

// The grid of ctuValue and ctuSlope, and their argument `stride`.
struct Walk {
  long long stride;
  Size grid;
};
Walk planWalk(const Kernels &kernels, long long n, DeviceParameter beta, DeviceParameter coeff) {
  const long long atOnce = kWalkBlocksEach * kernels.multiprocessors * 4 * kThreads;
  const long long period = std::lcm(periodOf(beta.size, coeff.size), 4LL);
  const long long stride = n <= atOnce ? n : period * std::max(1LL, atOnce / period);
  return {stride, {static_cast<unsigned>(divideUp(std::min(stride, n), 4 * kThreads))}};
}

// Blocks of ctuSum for one gradient.
long long sumBlocks(long long size, long long terms) { return terms < kFewTerms ? divideUp(size, kSumThreads) : size; }

} // namespace

std::string launchValue(Stream stream, const float *x, float *y, long long n, DeviceParameter beta,
                        DeviceParameter coeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  const Walk walk = planWalk(kernels, n, beta, coeff);
  return launch("ctuValue", kernels.value, stream, walk.grid, {kThreads}, x, y, n, beta.values, beta.size, coeff.values,
                coeff.size, walk.stride);
}

std::string launchSlope(Stream stream, const float *x, const float *dy, float *dx, long long n, DeviceParameter beta,
                        DeviceParameter coeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  const Walk walk = planWalk(kernels, n, beta, coeff);
  return launch("ctuSlope", kernels.slope, stream, walk.grid, {kThreads}, x, dy, dx, n, beta.values, beta.size,
                coeff.values, coeff.size, walk.stride);
}

std::string planSlopes(long long n, long long betas, long long coeffs, SlopesPlan *plan) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  constexpr long long kWideEnough = 512, kManyRows = 8 * kBlockRows;
  const long long period = periodOf(betas, coeffs);
  // Whole blocks, unless rows would be so long that there are few of them.
  plan->width = std::lcm(period, kBlockColumns);
  if (plan->width * kManyRows > n) plan->width = std::lcm(period, 4LL);
  plan->width *= divideUp(kWideEnough, plan->width);
  plan->columns = std::min(plan->width, n);
  plan->blocks = static_cast<unsigned>(divideUp(plan->columns, kBlockColumns));
  const long long rows = divideUp(n, plan->width), atOnce = kSlopesBlocksEach * kernels.multiprocessors;
  // Four rows for each thread at least: the sums of a block are written out.
  plan->splits =
      static_cast<unsigned>(std::max(1LL, std::min(rows / (4 * kBlockRows), atOnce / std::max(1u, plan->blocks))));
  const auto terms = [plan](long long size) {
    return size == 0 ? 0LL : plan->splits * (size < kBlockColumns ? plan->blocks : plan->columns / size);
  };
  plan->dbetaTerms = terms(betas);
  plan->dcoeffTerms = terms(coeffs);
  plan->partialSize = betas * plan->dbetaTerms + coeffs * plan->dcoeffTerms;
  return "";
}

std::string launchSlopes(Stream stream, const SlopesPlan &plan, const float *x, const float *dy, float *dx, long long n,
                         DeviceParameter beta, DeviceParameter coeff, float *partial, float *dbeta, float *dcoeff) {
  Kernels kernels{};
  std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  const Terms dbetaTerms{beta.size, plan.dbetaTerms, partial};
  const Terms dcoeffTerms{coeff.size, plan.dcoeffTerms, partial + beta.size * plan.dbetaTerms};
  if (n > 0)
    problem = launch("ctuSlopes", kernels.slopes, stream, {plan.blocks, plan.splits}, {kBlockLanes, kBlockRows}, x, dy,
                     dx, n, beta.values, coeff.values, plan.width, plan.columns, dbetaTerms, dcoeffTerms);
  const long long dbetaBlocks = sumBlocks(beta.size, plan.dbetaTerms);
  const Size sums{static_cast<unsigned>(dbetaBlocks + sumBlocks(coeff.size, plan.dcoeffTerms))};
  if (problem.empty() && sums.x > 0)
    problem = launch("ctuSum", kernels.sum, stream, sums, {kSumThreads}, dbetaTerms, dbeta, dcoeffTerms, dcoeff,
                     dbetaBlocks);
  return problem;
}

} // namespace cuda
} // namespace ctu
