#include "launch.h"

#include <algorithm>
#include <numeric>

namespace ctu {
namespace cuda {
namespace {

struct Size {
  unsigned x = 1, y = 1;
};

// As in the kernels.
constexpr long long kThreads = 256;
constexpr unsigned kBlockLanes = 32, kBlockRows = 8, kSumThreads = 256;
constexpr long long kBlockColumns = 4 * kBlockLanes, kFewTerms = 64;
static_assert(2 * kBlockColumns == kBlockLanes * kBlockRows, "a block has a thread for each of two rows of sums");
struct Terms {
  long long size, count;
  void *at;
};
struct Moments {
  double entries, mean, squares;
};

// Blocks for each multiprocessor. Of sums as many as have room at once, since each writes them out; of the others
// several times that, so that none waits for the last: measured on an H100, tools/bench/results/cuda-h100.json.
constexpr long long kWalkBlocksEach = 32, kSumsBlocksEach = 4;

long long divideUp(long long a, long long b) { return (a + b - 1) / b; }

// After how many elements both parameters begin anew.
long long periodOf(long long betas, long long coeffs) { return std::lcm(std::max(betas, 1LL), std::max(coeffs, 1LL)); }

// The current context's kernels, on a stream, one after the other. After a problem nothing more is launched.
class Launcher {
 public:
  explicit Launcher(Stream stream) : stream_(stream), problem_(kernelsOfCurrentContext(&kernels_)) {}

  template <class... Arguments>
  void launch(Kernel kernel, Size grid, Size block, Arguments... arguments) {
    if (!problem_.empty()) return;
    void *pointers[] = {static_cast<void *>(&arguments)...};
    problem_ = describe(*driver(), kKernelNames[kernel],
                        driver()->launchKernel(kernels_.functions[kernel], grid.x, grid.y, 1, block.x, block.y, 1, 0,
                                               stream_, pointers, nullptr));
  }

  // Element by element; the kernel's last argument is the stride.
  template <class... Arguments>
  void walk(Kernel kernel, long long n, long long period, Arguments... arguments) {
    const long long atOnce = kWalkBlocksEach * kernels_.multiprocessors * 4 * kThreads, step = std::lcm(period, 4LL);
    const long long stride = n <= atOnce ? n : step * std::max(1LL, atOnce / step);
    launch(kernel, {static_cast<unsigned>(divideUp(std::min(stride, n), 4 * kThreads))}, {kThreads}, arguments...,
           stride);
  }

  // Over the rows of the plan's matrix.
  template <class... Arguments>
  void sums(Kernel kernel, const SumsPlan &plan, Arguments... arguments) {
    launch(kernel, {plan.blocks, plan.splits}, {kBlockLanes, kBlockRows}, arguments...);
  }

  // Adds up the terms of two gradients.
  void add(const Terms &first, float *firstGradient, const Terms &second, float *secondGradient) {
    const long long firstBlocks = blocksOf(first), blocks = firstBlocks + blocksOf(second);
    if (blocks > 0)
      launch(kSum, {static_cast<unsigned>(blocks)}, {kSumThreads}, first, firstGradient, second, secondGradient,
             firstBlocks);
  }
  void statistics(const Terms &moments, float *statistics) {
    launch(kStatistics, {static_cast<unsigned>(blocksOf(moments))}, {kSumThreads}, moments, statistics);
  }

  const std::string &problem() const { return problem_; }

 private:
  static long long blocksOf(const Terms &terms) {
    return terms.count < kFewTerms ? divideUp(terms.size, kSumThreads) : terms.size;
  }

  Stream stream_;
  Kernels kernels_{};
  std::string problem_;
};

long long periodOf(const DeviceUnit &unit) { return periodOf(unit.beta.size, unit.coeff.size); }

} // namespace

std::string launchValue(Stream stream, const float *x, float *y, long long n, const DeviceUnit &unit) {
  Launcher on(stream);
  const auto &[beta, coeff, form] = unit;
  if (form == nullptr)
    on.walk(kValue, n, periodOf(unit), x, y, n, beta.values, beta.size, coeff.values, coeff.size);
  else
    on.walk(kFormValue, n, periodOf(unit), *form, x, y, n, beta.values, beta.size, coeff.values, coeff.size);
  return on.problem();
}

std::string launchSlope(Stream stream, const float *x, const float *dy, float *dx, long long n,
                        const DeviceUnit &unit) {
  Launcher on(stream);
  const auto &[beta, coeff, form] = unit;
  if (form == nullptr)
    on.walk(kSlope, n, periodOf(unit), x, dy, dx, n, beta.values, beta.size, coeff.values, coeff.size);
  else
    on.walk(kFormSlope, n, periodOf(unit), *form, x, dy, dx, n, beta.values, beta.size, coeff.values, coeff.size);
  return on.problem();
}

long long SumsPlan::terms(long long size) const {
  return size == 0 ? 0LL : splits * (size < kBlockColumns ? blocks : columns / size);
}

std::string planSums(long long n, long long period, SumsPlan *plan) {
  Kernels kernels{};
  const std::string problem = kernelsOfCurrentContext(&kernels);
  if (!problem.empty()) return problem;
  constexpr long long kWideEnough = 512, kManyRows = 8 * kBlockRows;
  // Whole blocks, unless rows would be so long that there are few of them.
  plan->width = std::lcm(period, kBlockColumns);
  if (plan->width * kManyRows > n) plan->width = std::lcm(period, 4LL);
  plan->width *= divideUp(kWideEnough, plan->width);
  plan->columns = std::min(plan->width, n);
  plan->blocks = static_cast<unsigned>(divideUp(plan->columns, kBlockColumns));
  const long long rows = divideUp(n, plan->width), atOnce = kSumsBlocksEach * kernels.multiprocessors;
  // Four rows for each thread at least: the sums of a block are written out.
  plan->splits =
      static_cast<unsigned>(std::max(1LL, std::min(rows / (4 * kBlockRows), atOnce / std::max(1u, plan->blocks))));
  return "";
}

std::string planSlopes(long long n, long long betas, long long coeffs, SlopesPlan *plan) {
  const std::string problem = planSums(n, periodOf(betas, coeffs), plan);
  if (!problem.empty()) return problem;
  plan->dbetaTerms = plan->terms(betas);
  plan->dcoeffTerms = plan->terms(coeffs);
  plan->partialSize = betas * plan->dbetaTerms + coeffs * plan->dcoeffTerms;
  return "";
}

std::string launchSlopes(Stream stream, const SlopesPlan &plan, const float *x, const float *dy, long long n,
                         const DeviceUnit &unit, float *partial, const DeviceSlopes &slopes) {
  Launcher on(stream);
  const auto &[beta, coeff, form] = unit;
  const Terms dbeta{beta.size, plan.dbetaTerms, partial};
  const Terms dcoeff{coeff.size, plan.dcoeffTerms, partial + beta.size * plan.dbetaTerms};
  if (n > 0 && form == nullptr)
    on.sums(kSlopes, plan, x, dy, slopes.dx, n, beta.values, coeff.values, plan.width, plan.columns, dbeta, dcoeff);
  else if (n > 0)
    on.sums(kFormSlopes, plan, *form, x, dy, slopes.dx, n, beta.values, coeff.values, plan.width, plan.columns, dbeta,
            dcoeff);
  on.add(dbeta, slopes.dbeta, dcoeff, slopes.dcoeff);
  return on.problem();
}

std::string planNormalize(long long n, long long channels, SumsPlan *plan, long long *partialSize) {
  const std::string problem = planSums(n, channels, plan);
  if (!problem.empty()) return problem;
  // The moments take more than the sums of up to four gradients.
  *partialSize = channels * plan->terms(channels) * static_cast<long long>(sizeof(Moments) / sizeof(float));
  return "";
}

std::string launchNormalize(Stream stream, const SumsPlan &plan, const float *x, float *y, long long n,
                            const DeviceChannels &channels, float *partial, float *statistics) {
  Launcher on(stream);
  const Terms moments{channels.count, plan.terms(channels.count), partial};
  on.sums(kMoments, plan, x, n, plan.width, plan.columns, moments);
  on.statistics(moments, statistics);
  on.walk(channels.beta == nullptr ? kNormalize : kNormalizeUnit, n, channels.count, x, y, n, channels);
  return on.problem();
}

std::string launchNormalizeGrad(Stream stream, const SumsPlan &plan, const float *x, const float *dy, float *dx,
                                long long n, const DeviceChannels &channels, float *partial,
                                const DeviceChannelGradients &gradients) {
  Launcher on(stream);
  const long long terms = plan.terms(channels.count);
  const auto part = [&](int k) { return Terms{channels.count, terms, partial + k * channels.count * terms}; };
  const float *g = channels.beta == nullptr ? dy : dx;
  if (channels.beta == nullptr)
    on.sums(kNormalizeSums, plan, x, dy, n, channels, plan.width, plan.columns, part(0), part(1));
  else if (gradients.dbeta == nullptr)
    on.sums(kNormalizeUnitSums, plan, x, dy, dx, n, channels, plan.width, plan.columns, part(0), part(1));
  else
    on.sums(kNormalizeAllSums, plan, x, dy, dx, n, channels, plan.width, plan.columns, part(0), part(1), part(2),
            part(3));
  on.add(part(0), gradients.dscale, part(1), gradients.doffset);
  if (gradients.dbeta != nullptr) on.add(part(2), gradients.dbeta, part(3), gradients.dcoeff);
  on.walk(kNormalizeInput, n, channels.count, x, g, dx, n, channels, static_cast<const float *>(gradients.dscale),
          static_cast<const float *>(gradients.doffset));
  return on.problem();
}

} // namespace cuda
} // namespace ctu
