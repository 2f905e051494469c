// Checks and times the CUDA kernels on this machine's first NVIDIA card, and writes a record:
//
//     ctu-gpu-check [--no-timing] [RECORD.json]
//
// Needs the driver (libcuda.so.1) and nothing else. 0: all is right. 1: an error is too large, or a call failed.
// 2: no card.
#include <cstdio>
#include <functional>
#include <fstream>
#include <sstream>

#include "../../test/testCases.h"
#include "../launch.h"
#include "device.h"

asm(".pushsection .rodata\n.balign 8\nctuGolden:\n.incbin \"golden.bin\"\n.popsection\n");
extern "C" __attribute__((visibility("hidden"))) const double ctuGolden[];

namespace {

using ctu::cuda::DeviceParameter;
using device::Floats;

// As on every backend: |got - exact| / max(1, |exact|). Twice the CPU's, whose parameters are prepared in float64.
constexpr double kBound = 2e-6;

// `offset` floats into larger buffers: pointers that are not aligned to 16 bytes take other code.
cases::Outputs compute(const cases::Case &of, size_t offset) {
  const size_t n = of.x.size(), betas = of.beta.size(), coeffs = of.coeff.size();
  const auto shifted = [offset](const std::vector<float> &values) {
    std::vector<float> longer(offset, NAN);
    longer.insert(longer.end(), values.begin(), values.end());
    return longer;
  };
  const Floats x(shifted(of.x)), dy(shifted(of.dy)), beta(of.beta), coeff(of.coeff);
  // NaN where nothing is written would be seen.
  const Floats y(std::vector<float>(n + offset, NAN)), dx(std::vector<float>(n + offset, NAN)),
      alone(std::vector<float>(n + offset, NAN));
  const Floats dbeta(std::vector<float>(betas, NAN)), dcoeff(std::vector<float>(coeffs, NAN));
  const DeviceParameter b{beta.data(), static_cast<long long>(betas)}, c{coeff.data(), static_cast<long long>(coeffs)};
  const float *xs = x.data() + offset, *dys = dy.data() + offset;
  if (n > 0) {
    device::require(ctu::cuda::launchValue(nullptr, xs, y.data() + offset, n, b, c));
    device::require(ctu::cuda::launchSlope(nullptr, xs, dys, alone.data() + offset, n, b, c));
  }
  const auto plan = ctu::cuda::planSlopes(n, betas, coeffs);
  const Floats partial(std::vector<float>(plan.partialSize(), NAN));
  device::require(ctu::cuda::launchSlopes(nullptr, plan, xs, dys, dx.data() + offset, n, b, c, partial.data(),
                                          dbeta.data(), dcoeff.data()));
  device::synchronize();
  const auto results = [&](const Floats &of) {
    std::vector<float> values = of.read(n + offset);
    return std::vector<float>(values.begin() + offset, values.end());
  };
  cases::Outputs got{results(y), results(dx), dbeta.read(betas), dcoeff.read(coeffs)};
  const std::vector<float> other = results(alone);
  for (size_t i = 0; i < n; i++) {
    const bool agree = other[i] == got.dx[i] || (std::isnan(other[i]) && std::isnan(got.dx[i])) ||
                       std::fabs(other[i] - got.dx[i]) <= 1e-6f;
    if (!agree) got.dx[i] = std::isnan(got.dx[i]) ? 0 : NAN;
  }
  return got;
}

// The largest error against 50-digit arithmetic.
double goldenError() {
  const double *at = ctuGolden;
  const int xs = static_cast<int>(*at++), rows = static_cast<int>(*at++);
  const std::vector<float> x(at, at + xs);
  at += xs;
  double worst = 0;
  for (int row = 0; row < rows; row++, at += 2 + 4 * xs) {
    const cases::Outputs got =
        compute(cases::elementwise("", x, static_cast<float>(at[0]), static_cast<float>(at[1])), 0);
    const std::vector<float> *outputs[] = {&got.y, &got.dx, &got.dbeta, &got.dcoeff};
    for (int k = 0; k < 4; k++)
      for (int i = 0; i < xs; i++) {
        const double exact = at[2 + k * xs + i],
                     error = std::fabs((*outputs[k])[i] - exact) / std::max(1.0, std::fabs(exact));
        worst = error <= worst ? worst : error;
      }
  }
  return worst;
}

struct Timing {
  std::string what;
  std::vector<float> milliseconds;
  double bytes;
};

// Interleaved runs at [32, 56, 56, 64], one beta and one c per channel; a copy of x is what the memory allows.
std::vector<Timing> measureTimes() {
  constexpr long long n = 32LL * 56 * 56 * 64;
  constexpr int channels = 64, rounds = 31;
  const cases::Case of = cases::make("", n, channels, channels);
  const Floats x(of.x), dy(of.dy), beta(of.beta), coeff(of.coeff), y(n), dbeta(channels), dcoeff(channels);
  const DeviceParameter b{beta.data(), channels}, c{coeff.data(), channels};
  const auto plan = ctu::cuda::planSlopes(n, channels, channels);
  const Floats partial(plan.partialSize());
  constexpr double bytes = 4.0 * n;
  std::vector<Timing> timings{{"copy", {}, 2 * bytes},
                              {"forward", {}, 2 * bytes},
                              {"backward in x", {}, 3 * bytes},
                              {"backward in all", {}, 3 * bytes}};
  const std::function<void()> runs[] = {
      [&] { x.copyTo(y, n); },
      [&] { device::require(ctu::cuda::launchValue(nullptr, x.data(), y.data(), n, b, c)); },
      [&] { device::require(ctu::cuda::launchSlope(nullptr, x.data(), dy.data(), y.data(), n, b, c)); },
      [&] {
        device::require(ctu::cuda::launchSlopes(nullptr, plan, x.data(), dy.data(), y.data(), n, b, c, partial.data(),
                                                dbeta.data(), dcoeff.data()));
      },
  };
  device::Clock clock;
  for (int round = -3; round < rounds; round++)
    for (size_t k = 0; k < timings.size(); k++) {
      clock.start();
      runs[k]();
      const float elapsed = clock.stopMilliseconds();
      if (round >= 0) timings[k].milliseconds.push_back(elapsed);
    }
  for (Timing &timing : timings) std::sort(timing.milliseconds.begin(), timing.milliseconds.end());
  return timings;
}

} // namespace

int main(int count, char **arguments) {
  bool timing = true;
  std::string record = "ctu-gpu-record.json";
  for (int i = 1; i < count; i++) {
    if (std::string(arguments[i]) == "--no-timing")
      timing = false;
    else
      record = arguments[i];
  }
  const device::Description card = device::open();
  ctu::cuda::Kernels kernels{};
  device::require(ctu::cuda::kernelsOfCurrentContext(&kernels));
  std::printf("%s, sm_%d%d, %d multiprocessors, driver for CUDA %d.%d, kernels from %s\n", card.name.c_str(),
              card.major, card.minor, card.multiprocessors, card.driverVersion / 1000, card.driverVersion % 1000 / 10,
              kernels.image);

  int failed = 0, checked = 0;
  double worst = 0;
  for (const cases::Case &of : cases::all(true))
    for (size_t offset : {0, 1}) {
      const cases::Errors errors = cases::measure(of, compute(of, offset));
      worst = std::max(worst, errors.largest());
      checked++;
      if (errors.largest() < kBound) continue;
      failed++;
      std::printf("WRONG %s%s: y %g, dx %g, dbeta %g, dcoeff %g\n", of.name.c_str(), offset > 0 ? ", unaligned" : "",
                  errors.y, errors.dx, errors.dbeta, errors.dcoeff);
    }
  const double golden = goldenError();
  const bool right = failed == 0 && golden < kBound;
  std::printf("%d of %d cases right, largest error %g; %g against 50-digit arithmetic (bound %g)\n", checked - failed,
              checked, worst, golden, kBound);

  std::ostringstream json;
  json << "{\n \"device\": \"" << card.name << "\",\n \"computeCapability\": \"" << card.major << "." << card.minor
       << "\",\n \"multiprocessors\": " << card.multiprocessors << ",\n \"driverCuda\": " << card.driverVersion
       << ",\n \"kernels\": \"" << kernels.image << "\",\n \"cases\": " << checked << ",\n \"failed\": " << failed
       << ",\n \"error\": " << worst << ",\n \"goldenError\": " << golden << ",\n \"bound\": " << kBound
       << ",\n \"times\": {";
  if (timing) {
    const char *separator = "";
    for (const Timing &of : measureTimes()) {
      const size_t last = of.milliseconds.size() - 1;
      const float median = of.milliseconds[last / 2], low = of.milliseconds[last / 4],
                  high = of.milliseconds[last - last / 4];
      std::printf("%-16s %.4f ms (%.4f - %.4f), %.0f GB/s\n", of.what.c_str(), median, low, high,
                  of.bytes / median / 1e6);
      json << separator << "\n  \"" << of.what << "\": [" << median << ", " << low << ", " << high << "]";
      separator = ",";
    }
  }
  json << "\n }\n}\n";
  std::ofstream(record) << json.str();
  std::printf("%s; record in %s\n", right ? "All right" : "WRONG", record.c_str());
  return right ? 0 : 1;
}
