// Checks and times the CUDA kernels on this machine's first NVIDIA card, and writes a record:
//
//     ctu-gpu-check [--skip cases|large|timing]... [RECORD.json]
//
// Needs the driver (libcuda.so.1) and nothing else. 0: all is right. 1: an error is too large, or a call failed.
// 2: no card. 3: the command line is not understood.
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "../../test/normalizeCases.h"
#include "../launch.h"
#include "device.h"
#include "large.h"
#include "timing.h"

asm(".pushsection .rodata\n.balign 8\nctuGolden:\n.incbin \"golden.bin\"\n.popsection\n");
extern "C" __attribute__((visibility("hidden"))) const double ctuGolden[];

namespace {

using ctu::cuda::DeviceUnit;
using device::Floats;

// As on every backend: |got - exact| / max(1, |exact|). Twice the CPU's: a card's powers of two are good to 2^-22.
constexpr double kBound = 2e-6;

// `offset` floats into larger buffers: pointers that are not aligned to 16 bytes take other code.
std::vector<float> shifted(const std::vector<float> &values, size_t offset) {
  std::vector<float> longer(offset, NAN);
  longer.insert(longer.end(), values.begin(), values.end());
  return longer;
}
// For results: NaN where nothing is written would be seen.
std::vector<float> unwritten(size_t size) { return std::vector<float>(size, NAN); }

bool agree(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-6f; }

cases::Outputs compute(const cases::Case &of, size_t offset) {
  const size_t n = of.x.size(), betas = of.beta.size(), coeffs = of.coeff.size();
  const Floats x(shifted(of.x, offset)), dy(shifted(of.dy, offset)), beta(of.beta), coeff(of.coeff);
  const Floats y(unwritten(n + offset)), dx(unwritten(n + offset)), alone(unwritten(n + offset));
  const Floats dbeta(unwritten(betas)), dcoeff(unwritten(coeffs));
  const ctu::Form form = {of.maxValue, of.alpha};
  const DeviceUnit unit{{beta.data(), static_cast<long long>(betas)},
                        {coeff.data(), static_cast<long long>(coeffs)},
                        std::isinf(of.maxValue) && of.alpha == 0 ? nullptr : &form};
  const float *xs = x.data() + offset, *dys = dy.data() + offset;
  if (n > 0) {
    device::require(ctu::cuda::launchValue(nullptr, xs, y.data() + offset, n, unit));
    device::require(ctu::cuda::launchSlope(nullptr, xs, dys, alone.data() + offset, n, unit));
  }
  ctu::cuda::SlopesPlan plan{};
  device::require(ctu::cuda::planSlopes(n, betas, coeffs, &plan));
  const Floats partial(unwritten(plan.partialSize));
  device::require(ctu::cuda::launchSlopes(nullptr, plan, xs, dys, n, unit, partial.data(),
                                          {dx.data() + offset, dbeta.data(), dcoeff.data()}));
  device::synchronize();
  const auto results = [&](const Floats &of) { return of.read(n, offset); };
  cases::Outputs got{results(y), results(dx), dbeta.read(betas), dcoeff.read(coeffs)};
  const std::vector<float> other = results(alone);
  for (size_t i = 0; i < n; i++)
    if (!agree(other[i], got.dx[i])) got.dx[i] = std::isnan(got.dx[i]) ? 0 : NAN;
  return got;
}

cases::Normalized compute(const cases::Normalization &of, size_t offset) {
  const size_t n = of.x.size(), channels = of.channels;
  const Floats x(shifted(of.x, offset)), dy(shifted(of.dy, offset));
  const Floats scale(of.scale), shift(of.offset), beta(of.beta), coeff(of.coeff);
  const Floats y(unwritten(n + offset)), dx(unwritten(n + offset)), alone(unwritten(n + offset));
  const Floats statistics(unwritten(2 * channels)), gradients(unwritten(6 * channels));
  ctu::cuda::SumsPlan plan{};
  long long partialSize = 0;
  device::require(ctu::cuda::planNormalize(n, channels, &plan, &partialSize));
  const Floats partial(unwritten(partialSize));
  const ctu::cuda::DeviceChannels given{of.channels,
                                        statistics.data(),
                                        scale.data(),
                                        shift.data(),
                                        of.unit ? beta.data() : nullptr,
                                        of.unit ? coeff.data() : nullptr,
                                        of.epsilon};
  const auto gradient = [&](size_t k) { return gradients.data() + k * channels; };
  device::require(ctu::cuda::launchNormalize(nullptr, plan, x.data() + offset, y.data() + offset, n, given,
                                             partial.data(), statistics.data()));
  device::require(ctu::cuda::launchNormalizeGrad(
      nullptr, plan, x.data() + offset, dy.data() + offset, dx.data() + offset, n, given, partial.data(),
      {gradient(0), gradient(1), of.unit ? gradient(2) : nullptr, of.unit ? gradient(3) : nullptr}));
  device::require(ctu::cuda::launchNormalizeGrad(nullptr, plan, x.data() + offset, dy.data() + offset,
                                                 alone.data() + offset, n, given, partial.data(),
                                                 {gradient(4), gradient(5), nullptr, nullptr}));
  device::synchronize();
  const auto sums = [&](size_t k) { return gradients.read(channels, k * channels); };
  cases::Normalized got{y.read(n, offset),
                        statistics.read(channels),
                        statistics.read(channels, channels),
                        dx.read(n, offset),
                        sums(0),
                        sums(1),
                        sums(2),
                        sums(3)};
  const std::vector<float> other = alone.read(n, offset);
  for (size_t i = 0; i < n; i++)
    if (std::fabs(other[i] - got.dx[i]) > 1e-6f * std::max(1.0f, std::fabs(got.dx[i]))) got.dx[i] = NAN;
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

// Infinity is no number of JSON.
std::string number(double value) {
  std::ostringstream text;
  text << value;
  return std::isfinite(value) ? text.str() : "null";
}

std::string listed(const std::set<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

// Prints and returns the part of the record that is times.
std::string timesRecord(long long largest) {
  std::ostringstream json;
  const char *separator = "";
  for (const timing::Timing &of : timing::measure(largest)) {
    std::ostringstream shape;
    for (size_t k = 0; k < of.shape.size(); k++) shape << (k > 0 ? ", " : "") << of.shape[k];
    double n = 1;
    for (const long long size : of.shape) n *= size;
    std::printf("[%s], %s\n", shape.str().c_str(), of.parameters.c_str());
    json << separator << "\n  {\"shape\": [" << shape.str() << "], \"parameters\": \"" << of.parameters << "\"";
    separator = ",";
    const double copy = of.passes[0].median / of.passes[0].tensors;
    for (const auto &pass : of.passes) {
      std::printf("  %-26s %.4f ms (%.4f - %.4f), %.0f GB/s, %.2f x the copy's time\n", pass.name.c_str(), pass.median,
                  pass.low, pass.high, 4 * n * pass.tensors / pass.median / 1e6, pass.median / pass.tensors / copy);
      json << ", \"" << pass.name << "\": [" << pass.median << ", " << pass.low << ", " << pass.high << "]";
    }
    json << "}";
  }
  return json.str();
}

} // namespace

int main(int count, char **arguments) {
  std::set<std::string> skipped;
  std::string record = "ctu-gpu-record.json";
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i], part = i + 1 < count ? arguments[i + 1] : "";
    if (argument != "--skip") {
      record = argument;
    } else if (part == "cases" || part == "large" || part == "timing") {
      skipped.insert(part);
      i++;
    } else {
      std::fprintf(stderr, "ctu-gpu-check: --skip takes cases, large or timing, got \"%s\"\n", part.c_str());
      return 3;
    }
  }
  const auto wanted = [&](const char *part) { return skipped.count(part) == 0; };
  const device::Description card = device::open();
  ctu::cuda::Kernels kernels{};
  device::require(ctu::cuda::kernelsOfCurrentContext(&kernels));
  std::printf("%s, sm_%d%d, %d multiprocessors, driver for CUDA %d.%d, kernels from %s\n", card.name.c_str(),
              card.major, card.minor, card.multiprocessors, card.driverVersion / 1000, card.driverVersion % 1000 / 10,
              kernels.image);

  int failed = 0, checked = 0;
  double worst = 0, worstNormalization = 0;
  const auto judge = [&](double error, const std::string &name, double &worst) {
    worst = std::max(worst, error);
    checked++;
    if (error < kBound) return;
    failed++;
    std::printf("WRONG %s: %g\n", name.c_str(), error);
  };
  double golden = 0;
  if (wanted("cases")) {
    std::vector<cases::Case> units = cases::all(true);
    for (const cases::Case &of : cases::forms()) units.push_back(of);
    const auto named = [](const std::string &name, size_t offset) { return name + (offset > 0 ? ", unaligned" : ""); };
    for (const cases::Case &of : units)
      for (size_t offset : {0, 1})
        judge(cases::measure(of, compute(of, offset)).largest(), named(of.name, offset), worst);
    for (const cases::Normalization &of : cases::normalizations())
      for (size_t offset : {0, 1})
        judge(cases::measure(of, compute(of, offset)), named(of.name, offset), worstNormalization);
    golden = goldenError();
  }
  const long long largest = large::copiesThatFit();
  if (wanted("large"))
    for (const large::Result &of : large::check(largest))
      judge(of.error, "[" + std::to_string(of.copies) + ", 56, 56, 64], " + of.parameters, worst);
  const bool right = failed == 0 && golden < kBound;
  std::printf(
      "%d of %d cases right, largest error %g; %g of batch normalisation, %g against 50-digit arithmetic "
      "(bound %g)\n",
      checked - failed, checked, worst, worstNormalization, golden, kBound);

  std::ostringstream json;
  json << "{\n \"device\": \"" << card.name << "\",\n \"computeCapability\": \"" << card.major << "." << card.minor
       << "\",\n \"multiprocessors\": " << card.multiprocessors << ",\n \"driverCuda\": " << card.driverVersion
       << ",\n \"kernels\": \"" << kernels.image << "\",\n \"cases\": " << checked << ",\n \"failed\": " << failed
       << ",\n \"skipped\": [" << listed(skipped) << "],\n \"largest\": [" << largest
       << ", 56, 56, 64],\n \"error\": " << number(worst)
       << ",\n \"normalizationError\": " << number(worstNormalization) << ",\n \"goldenError\": " << number(golden)
       << ",\n \"bound\": " << kBound << ",\n \"times\": [" << (wanted("timing") ? timesRecord(largest) : "")
       << "]\n}\n";
  std::ofstream(record) << json.str();
  std::printf("%s; record in %s\n", right ? "All right" : "WRONG", record.c_str());
  return right ? 0 : 1;
}
