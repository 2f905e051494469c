// The CPU kernels without TensorFlow, for sanitizers too: prints one line of JSON, and fails where an error is not
// below the bound. `cpuTest GOLDEN` with the file that golden.mjs writes.
#include <cstdio>
#include <fstream>
#include <thread>

#include "../cpu/isa.h"
#include "../cpu/normalize.h"
#include "convolutionCases.h"
#include "normalizeCases.h"
#include "trainingCases.h"

namespace {

constexpr double kBound = 1e-6;
// A steep unit behind a normalisation makes more of what rounding takes from z: phi'' is 12 at beta = 0.98.
constexpr double kNormalizationBound = 2e-6;

// Runs a pass on two threads, its units in halves.
template <class Pass>
void runOn(Pass &pass, bool threads) {
  if (!threads) return pass.run(0, pass.units());
  std::thread other([&pass] { pass.run(0, pass.units() / 2); });
  pass.run(pass.units() / 2, pass.units());
  other.join();
}

cases::Outputs compute(const cases::Case &of, bool threads) {
  using ctu::Kind;
  const auto n = static_cast<int64_t>(of.x.size());
  const ctu::Parameter beta{of.beta.data(), static_cast<int64_t>(of.beta.size())},
      coeff{of.coeff.data(), static_cast<int64_t>(of.coeff.size())};
  // Vectors of exactly these sizes: an access beyond them is an error under AddressSanitizer.
  cases::Outputs got{std::vector<float>(n), std::vector<float>(n), std::vector<float>(beta.size),
                     std::vector<float>(coeff.size)};
  ctu::Pass value(Kind::kValue, of.x.data(), nullptr, got.y.data(), n, beta, coeff);
  value.form = {of.maxValue, of.alpha};
  runOn(value, threads);
  ctu::Pass slopes(Kind::kSlopes, of.x.data(), of.dy.data(), got.dx.data(), n, beta, coeff, got.dbeta.data(),
                   got.dcoeff.data());
  slopes.form = value.form;
  runOn(slopes, threads);
  slopes.finish();
  // In place, as TensorFlow may have it.
  std::vector<float> alone = of.dy;
  ctu::Pass slope(Kind::kSlope, of.x.data(), alone.data(), alone.data(), n, beta, coeff);
  slope.form = value.form;
  runOn(slope, threads);
  // The pass for x alone must not differ from the one for all.
  for (int64_t i = 0; i < n; i++) {
    const bool agree = alone[i] == got.dx[i] || (std::isnan(alone[i]) && std::isnan(got.dx[i])) ||
                       std::fabs(alone[i] - got.dx[i]) <= 1e-6f;
    if (!agree) got.dx[i] = std::isnan(got.dx[i]) ? 0 : NAN;
  }
  return got;
}

cases::Normalized compute(const cases::Normalization &of, bool threads) {
  using Step = ctu::Normalization::Step;
  const auto n = static_cast<int64_t>(of.x.size());
  const size_t channels = of.channels;
  cases::Normalized got{std::vector<float>(n), {}, {}, std::vector<float>(n), {}, {}, {}, {}};
  ctu::Channels with = {of.channels,     nullptr,          nullptr,
                        of.scale.data(), of.offset.data(), of.unit ? of.beta.data() : nullptr,
                        of.coeff.data(), of.epsilon};
  ctu::Normalization moments(Step::kStatistics, with, of.x.data(), nullptr, nullptr, n);
  runOn(moments, threads);
  for (const ctu::ChannelSums &sums : moments.finish()) {
    got.mean.push_back(static_cast<float>(sums.sum));
    got.variance.push_back(static_cast<float>(sums.product / sums.entries));
  }
  with.mean = got.mean.data();
  with.variance = got.variance.data();
  ctu::Normalization values(Step::kValue, with, of.x.data(), nullptr, got.y.data(), n);
  runOn(values, threads);

  // The input's gradient alone must not differ from the one with all others.
  std::vector<std::vector<float>> inputs;
  for (const Step step : {Step::kSums, of.unit ? Step::kAllSums : Step::kSums}) {
    std::vector<float> dx(n);
    ctu::Normalization gradients(step, with, of.x.data(), of.dy.data(), dx.data(), n);
    runOn(gradients, threads);
    const std::vector<ctu::ChannelSums> sums = gradients.finish();
    ctu::Normalization input(Step::kInput, with, of.x.data(), of.unit ? dx.data() : of.dy.data(), dx.data(), n,
                             sums.data());
    runOn(input, threads);
    inputs.push_back(dx);
    if (inputs.size() == 1) continue;
    for (size_t k = 0; k < channels; k++) {
      const int64_t channel = static_cast<int64_t>(k);
      got.dscale.push_back(static_cast<float>(sums[k].product * ctu::inverseDeviation(with, channel)));
      got.doffset.push_back(static_cast<float>(sums[k].sum));
      got.dbeta.push_back(static_cast<float>(sums[k].dbeta));
      got.dcoeff.push_back(static_cast<float>(sums[k].dcoeff));
    }
  }
  got.dx = inputs[1];
  for (int64_t i = 0; i < n; i++)
    if (std::fabs(inputs[0][i] - got.dx[i]) > 1e-6f * std::max(1.0f, std::fabs(got.dx[i]))) got.dx[i] = NAN;
  return got;
}

bool same(const std::vector<float> &a, const std::vector<float> &b) {
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// NaN where two threads give other bits than one.
cases::Convolved compute(const ctu::ConvolutionShape &of, const std::vector<float> &x, const std::vector<float> &filter,
                         const std::vector<float> &bias, const std::vector<float> &dy) {
  using Kind = ctu::Convolution::Kind;
  const auto on = [&](bool threads) {
    cases::Convolved got{std::vector<float>(dy.size()), std::vector<float>(x.size()),
                         std::vector<float>(filter.size())};
    ctu::Convolution forward(Kind::kForward, of, x.data(), filter.data(), bias.data(), got.y.data());
    runOn(forward, threads);
    ctu::Convolution input(Kind::kInputGradient, of, dy.data(), filter.data(), nullptr, got.dx.data());
    runOn(input, threads);
    ctu::FilterGradient gradient(of, x.data(), dy.data());
    runOn(gradient, threads);
    gradient.finish(got.dfilter.data());
    return got;
  };
  cases::Convolved one = on(false);
  const cases::Convolved two = on(true);
  if (!same(one.y, two.y) || !same(one.dx, two.dx) || !same(one.dfilter, two.dfilter)) one.y.assign(one.y.size(), NAN);
  return one;
}

// Largest error of reference.h itself against 50-digit arithmetic, relative to max(1, |exact|).
double referenceError(const char *path) {
  std::ifstream file(path, std::ios::binary);
  const auto read = [&file] {
    double value = NAN;
    file.read(reinterpret_cast<char *>(&value), sizeof value);
    return value;
  };
  const int xs = static_cast<int>(read()), rows = static_cast<int>(read());
  std::vector<double> x(xs);
  for (double &value : x) value = read();
  double worst = 0;
  for (int row = 0; row < rows; row++) {
    const double beta = read(), c = read();
    for (auto *f : {reference::phi, reference::phiDx, reference::phiDbeta, reference::phiDcoeff})
      for (double value : x) {
        const double exact = read();
        const double error = std::fabs(f(value, beta, c) - exact) / std::max(1.0, std::fabs(exact));
        worst = error <= worst ? worst : error;
      }
  }
  return file ? worst : INFINITY;
}

} // namespace

int main(int, char **arguments) {
  const double reference = referenceError(arguments[1]);
  double worst = 0;
  int count = 0, failed = 0;
  std::vector<cases::Case> all = cases::all(true);
  for (const cases::Case &of : cases::forms()) all.push_back(of);
  for (const cases::Case &of : all) {
    const cases::Outputs one = compute(of, false), two = compute(of, true);
    const bool reproducible =
        same(one.y, two.y) && same(one.dx, two.dx) && same(one.dbeta, two.dbeta) && same(one.dcoeff, two.dcoeff);
    const cases::Errors errors = cases::measure(of, one);
    worst = std::max(worst, errors.largest());
    count++;
    if (errors.largest() < kBound && reproducible) continue;
    failed++;
    std::fprintf(stderr, "%s: y %g, dx %g, dbeta %g, dcoeff %g%s\n", of.name.c_str(), errors.y, errors.dx, errors.dbeta,
                 errors.dcoeff, reproducible ? "" : "; two threads give other bits than one");
  }
  double worstNormalization = 0;
  for (const cases::Normalization &of : cases::normalizations()) {
    const cases::Normalized one = compute(of, false), two = compute(of, true);
    const bool reproducible = same(one.y, two.y) && same(one.dx, two.dx) && same(one.mean, two.mean) &&
                              same(one.variance, two.variance) && same(one.dscale, two.dscale) &&
                              same(one.doffset, two.doffset) && same(one.dbeta, two.dbeta) &&
                              same(one.dcoeff, two.dcoeff);
    const double error = cases::measure(of, one);
    worstNormalization = std::max(worstNormalization, error);
    count++;
    if (error < kNormalizationBound && reproducible) continue;
    failed++;
    std::fprintf(stderr, "%s: %g%s\n", of.name.c_str(), error,
                 reproducible ? "" : "; two threads give other bits than one");
  }
  double worstAdam = 0;
  const auto onTwo = [](auto &pass) { runOn(pass, true); };
  for (const int64_t n : {0, 1, 3, 4, 15, 31, 32, 33, 1000, 32768, 100003}) {
    const double error = cases::adamError(n, onTwo);
    worstAdam = std::max(worstAdam, error);
    count++;
    if (error < kBound) continue;
    failed++;
    std::fprintf(stderr, "Adam of %d: %g\n", static_cast<int>(n), error);
  }
  double worstConvolution = 0;
  for (const ctu::ConvolutionShape &of : cases::convolutions()) {
    const double error = cases::convolutionError(of, [&of](const auto &...inputs) { return compute(of, inputs...); });
    worstConvolution = std::max(worstConvolution, error);
    count++;
    if (error < kBound) continue;
    failed++;
    std::fprintf(stderr, "convolution of [%d, %d, %d, %d] by [%d, %d] to %d, strides %d and %d, padding %d: %g\n",
                 static_cast<int>(of.batch), static_cast<int>(of.height), static_cast<int>(of.width),
                 static_cast<int>(of.in), static_cast<int>(of.rows), static_cast<int>(of.columns),
                 static_cast<int>(of.out), static_cast<int>(of.down), static_cast<int>(of.across),
                 static_cast<int>(of.top), error);
  }
  for (const cases::Pooling &of : cases::poolings()) {
    count++;
    if (cases::isPoolGradient(of, onTwo)) continue;
    failed++;
    std::fprintf(stderr, "max pooling of %d channels, windows of %d, stride %d, padding %d: other bits\n",
                 static_cast<int>(of.shape.channels), static_cast<int>(of.window.height),
                 static_cast<int>(of.window.down), static_cast<int>(of.window.left));
  }
  std::printf(
      "{\"isa\": \"%s\", \"cases\": %d, \"failed\": %d, \"error\": %g, \"normalizationError\": %g, "
      "\"adamError\": %g, \"convolutionError\": %g, \"reference\": %g}\n",
      ctu::isaName(), count, failed, worst, worstNormalization, worstAdam, worstConvolution, reference);
  return failed == 0 && reference < 1e-12 ? 0 : 1;
}
