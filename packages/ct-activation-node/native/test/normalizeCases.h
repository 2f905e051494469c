// Cases of batch normalisation with their float64 truth, for every implementation in this folder.
#pragma once
#include "testCases.h"

namespace cases {

struct Normalization {
  std::string name;
  int64_t channels;
  bool unit;
  float epsilon;
  std::vector<float> x, dy, scale, offset, beta, coeff;
};

// What an implementation returns for a case; the last two are empty where there is no unit.
struct Normalized {
  std::vector<float> y, mean, variance, dx, dscale, doffset, dbeta, dcoeff;
};

// As measureNormalize of @curvature-tuning/activation draws and judges: x about `mean` with `deviation`, a little
// different in each channel.
inline Normalization makeNormalization(const std::string &name, int64_t rows, int64_t channels, double mean,
                                       double deviation, float epsilon, bool unit) {
  Normalization of{
      name + (unit ? ", with a unit" : ", without a unit"), channels, unit, epsilon, {}, {}, {}, {}, {}, {}};
  for (int64_t i = 0; i < rows * channels; i++) {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(2 * i)));
    const double normal = radius * std::cos(2 * 3.141592653589793 * uniform(2 * i + 1));
    of.x.push_back(static_cast<float>(mean * (1 + static_cast<double>(i % channels) / 7) + deviation * normal));
    of.dy.push_back(static_cast<float>(2 * uniform(i + 4000000007) - 1));
  }
  for (int64_t k = 0; k < channels; k++) {
    of.scale.push_back(static_cast<float>(0.5 + uniform(k + 5000000029)));
    of.offset.push_back(static_cast<float>(2 * uniform(k + 6000000001) - 1));
    of.beta.push_back(static_cast<float>(0.02 + 0.96 * uniform(k + 7000000001)));
    of.coeff.push_back(static_cast<float>(uniform(k + 8000000011)));
  }
  return of;
}

inline std::vector<Normalization> normalizations() {
  std::vector<Normalization> cases;
  for (const bool unit : {true, false}) {
    const auto add = [&](std::string name, int64_t rows, int64_t channels, double mean = 0, double deviation = 1,
                         float epsilon = 1e-3f) {
      name = std::to_string(rows) + " x " + std::to_string(channels) + name;
      cases.push_back(makeNormalization(name, rows, channels, mean, deviation, epsilon, unit));
    };
    for (const int64_t channels : {1, 2, 3, 4, 5, 8, 17, 64, 65, 127, 129, 257, 300, 1025})
      for (const int64_t rows : {1, 2, 9, 37}) add("", rows, channels);
    add("", 1001, 17);
    add("", 703, 64);
    add("", 5011, 3);
    add("", 101, 512);
    add(", means of 1000", 300, 6, 1000);
    add(", means of 1000", 600, 64, 1000);
    add(", deviations of 1e-3, epsilon 1e-5", 300, 6, 0, 1e-3, 1e-5f);
    add(", deviations of 1e4", 300, 6, 0, 1e4);
    add(", channels that do not vary", 40, 6, 3, 0);
    // One entry that the others are far from, where sums may begin.
    for (Normalization outlier : {makeNormalization("900 x 4, first entries of 1e4", 900, 4, 0, 1, 1e-3f, unit)}) {
      for (int k = 0; k < 4; k++) outlier.x[k] = 1e4f;
      cases.push_back(outlier);
    }
    // A ramp: no entry is near the mean of those before.
    for (Normalization ramp : {makeNormalization("2000 x 3, a ramp", 2000, 3, 0, 1, 1e-3f, unit)}) {
      for (size_t i = 0; i < ramp.x.size(); i++) ramp.x[i] += static_cast<float>(i);
      cases.push_back(ramp);
    }
  }
  return cases;
}

// The largest error of all that was computed: |got - exact| / scale. The scale is at least 1 and the largest magnitude
// for y, that or the largest scale * r for dx, and the sum of the magnitudes of the terms for the gradients of
// parameters; all of these times the condition of the normalisation, max(1, max|x| * r / 8), because the mean is
// rounded. For the mean it is the largest |x|, for a variance itself or epsilon.
inline double measure(const Normalization &of, const Normalized &got) {
  const size_t n = of.x.size(), channels = of.channels;
  const double count = static_cast<double>(n / channels);
  std::vector<double> mean(channels), variance(channels), r(channels), sum(channels), product(channels),
      sumScale(channels), productScale(channels), dbeta(channels), dcoeff(channels), betaScale(channels),
      coeffScale(channels), z(n), h(n), g(n), y(n), dx(n);
  double largestX = 1, largestR = 0, largestY = 1, largestDx = 1;
  for (size_t i = 0; i < n; i++) {
    mean[i % channels] += of.x[i] / count;
    largestX = std::max(largestX, std::fabs(static_cast<double>(of.x[i])));
  }
  for (size_t i = 0; i < n; i++) variance[i % channels] += std::pow(of.x[i] - mean[i % channels], 2) / count;
  for (size_t k = 0; k < channels; k++) {
    r[k] = 1 / std::sqrt(variance[k] + of.epsilon);
    largestR = std::max(largestR, r[k]);
    largestDx = std::max(largestDx, r[k] * of.scale[k]);
  }
  for (size_t i = 0; i < n; i++) {
    const size_t k = i % channels;
    const double b = of.beta[k], c = of.coeff[k], dy = of.dy[i];
    h[i] = (of.x[i] - mean[k]) * r[k];
    z[i] = of.scale[k] * h[i] + of.offset[k];
    y[i] = of.unit ? reference::phi(z[i], b, c) : z[i];
    g[i] = of.unit ? dy * reference::phiDx(z[i], b, c) : dy;
    largestY = std::max(largestY, std::fabs(y[i]));
    sum[k] += g[i];
    sumScale[k] += std::fabs(g[i]);
    product[k] += g[i] * h[i];
    productScale[k] += std::fabs(g[i] * h[i]);
    if (!of.unit) continue;
    dbeta[k] += dy * reference::phiDbeta(z[i], b, c);
    betaScale[k] += std::fabs(dy * reference::phiDbeta(z[i], b, c));
    dcoeff[k] += dy * reference::phiDcoeff(z[i], b, c);
    coeffScale[k] += std::fabs(dy * reference::phiDcoeff(z[i], b, c));
  }
  for (size_t i = 0; i < n; i++) {
    const size_t k = i % channels;
    dx[i] = of.scale[k] * r[k] * (g[i] - sum[k] / count - h[i] * product[k] / count);
    largestDx = std::max(largestDx, std::fabs(dx[i]));
  }
  const double condition = std::max(1.0, largestX * largestR / 8);
  double worst = 0;
  const auto judge = [&](float result, double exact, double scale) {
    worst = std::max(worst, errorOf(result, exact, scale));
  };
  for (size_t i = 0; i < n; i++) {
    judge(got.y[i], y[i], largestY * condition);
    judge(got.dx[i], dx[i], largestDx * condition);
  }
  const auto relative = [](float result, double exact, double scale) {
    return std::isnan(result) ? std::numeric_limits<double>::infinity() : std::fabs(result - exact) / scale;
  };
  for (size_t k = 0; k < channels; k++) {
    worst = std::max(worst, relative(got.mean[k], mean[k], largestX));
    worst = std::max(worst, relative(got.variance[k], variance[k], std::max<double>(variance[k], of.epsilon)));
    judge(got.dscale[k], product[k], std::max(1.0, productScale[k]) * condition);
    judge(got.doffset[k], sum[k], std::max(1.0, sumScale[k]) * condition);
    if (!of.unit) continue;
    judge(got.dbeta[k], dbeta[k], std::max(1.0, betaScale[k]) * condition);
    judge(got.dcoeff[k], dcoeff[k], std::max(1.0, coeffScale[k]) * condition);
  }
  return worst;
}

} // namespace cases
