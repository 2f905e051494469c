// Cases with their float64 truth, for every implementation in this folder: the shapes and values that kernels get
// wrong.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "reference.h"

namespace cases {

struct Case {
  std::string name;
  std::vector<float> x, dy, beta, coeff;
  // The form of the unit: phi itself.
  float maxValue = std::numeric_limits<float>::infinity(), alpha = 0.0f;
};

// What an implementation returns for a case.
struct Outputs {
  std::vector<float> y, dx, dbeta, dcoeff;
};

// The largest error of each output: |got - exact| / max(1, |exact|), for the sums / max(1, sum of the magnitudes).
struct Errors {
  double y = 0, dx = 0, dbeta = 0, dcoeff = 0;
  double largest() const { return std::max(std::max(y, dx), std::max(dbeta, dcoeff)); }
};

// A reproducible number in [0, 1): splitmix64 (public domain, Sebastiano Vigna).
inline double uniform(uint64_t i) {
  uint64_t z = (i + 1) * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

inline Case make(std::string name, int64_t n, int64_t betas, int64_t coeffs) {
  const auto fill = [](int64_t size, double low, double high, uint64_t salt) {
    std::vector<float> values(size);
    for (int64_t i = 0; i < size; i++) values[i] = static_cast<float>(low + (high - low) * uniform(i + salt));
    return values;
  };
  return {name, fill(n, -4, 4, 0), fill(n, -1, 1, 1000000007), fill(betas, 0.02, 0.98, 2000000011),
          fill(coeffs, 0, 1, 3000000019)};
}

// One parameter for each element, so that every element shows in the sums.
inline Case elementwise(std::string name, std::vector<float> x, float beta, float coeff) {
  const size_t n = x.size();
  return {name, std::move(x), std::vector<float>(n, 1.0f), std::vector<float>(n, beta), std::vector<float>(n, coeff)};
}

// `large` adds those of 100,000 elements and more.
inline std::vector<Case> all(bool large) {
  std::vector<Case> cases;
  for (int64_t n : {1, 3, 4, 5, 7, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1031})
    cases.push_back(make(std::to_string(n) + " elements, scalars", n, 1, 1));
  for (int64_t channels : {1, 2, 3, 4, 5, 7, 63, 64, 65, 257, 700, 1025})
    for (int64_t rows : {1, 2, 37})
      cases.push_back(make(std::to_string(rows) + " x " + std::to_string(channels) + ", per channel", rows * channels,
                           channels, channels));
  cases.push_back(make("scalar beta, coeff per channel", 30 * 6, 1, 6));
  cases.push_back(make("beta per channel, scalar coeff", 30 * 6, 6, 1));
  cases.push_back(make("beta per channel, coeff per row and channel", 2 * 401 * 51, 51, 401 * 51));
  cases.push_back(make("one beta per element, scalar coeff", 4003, 4003, 1));
  cases.push_back(make("all parameters per element", 4003, 4003, 4003));
  cases.push_back(make("no elements", 0, 3, 1));
  if (large) {
    cases.push_back(make("100,001 elements, scalars", 100001, 1, 1));
    cases.push_back(make("7,003 x 17, per channel", 7003 * 17, 17, 17));
    cases.push_back(make("129 x 1,024, per channel", 129 * 1024, 1024, 1024));
    cases.push_back(make("30,011 x 3, per channel", 30011 * 3, 3, 3));
    cases.push_back(make("1,201 x 96, per channel, scalar coeff", 1201 * 96, 96, 1));
    cases.push_back(make("601 x 129, per channel", 601 * 129, 129, 129));
    cases.push_back(make("131,075 parameters", 131075, 131075, 131075));
    cases.push_back(make("scalar beta, 65,003 of coeff", 65003 * 2, 1, 65003));
  }
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN(),
              largest = std::numeric_limits<float>::max();
  const std::vector<float> extremes{0.0f,  -0.0f, 1e-6f,  -1e-6f,  1e-40f,   87,       -87,      1e4f,
                                    -1e4f, 1e30f, -1e30f, largest, -largest, infinity, -infinity};
  for (float beta : {0.0f, 0.001f, 0.5f, 0.9f, 0.999f, 1.0f})
    for (float coeff : {0.0f, 0.5f, 1.0f})
      cases.push_back(elementwise("extremes at beta = " + std::to_string(beta) + ", coeff = " + std::to_string(coeff),
                                  extremes, beta, coeff));
  cases.push_back(elementwise("NaN in x stays in its element", {1, nan, -1, 0, nan, nan, 2, -3, nan}, 0.7f, 0.4f));
  const auto withNaN = [&](std::string name, std::vector<float> Case::*where) {
    Case of = make(name, 5 * 7, 7, 7);
    (of.*where)[3] = nan;
    cases.push_back(of);
  };
  withNaN("NaN in beta stays in its channel", &Case::beta);
  withNaN("NaN in coeff stays in its channel", &Case::coeff);
  withNaN("NaN in dy stays in its element and its channel", &Case::dy);
  return cases;
}

// Clipped and leaky units, which not every implementation has.
inline std::vector<Case> forms() {
  std::vector<Case> cases;
  const float infinity = std::numeric_limits<float>::infinity();
  const std::pair<float, float> all[] = {{6.0f, 0.0f}, {infinity, 0.25f}, {2.5f, -0.25f}};
  for (const auto &[maxValue, alpha] : all) {
    const auto add = [&, m = maxValue, a = alpha](Case of) {
      of.maxValue = m;
      of.alpha = a;
      of.name += ", maxValue " + std::to_string(m) + ", alpha " + std::to_string(a);
      cases.push_back(of);
    };
    for (int64_t n : {1, 7, 31, 33, 257, 1031}) add(make(std::to_string(n) + " elements, scalars", n, 1, 1));
    for (int64_t channels : {1, 3, 64, 257, 1025})
      add(make("37 x " + std::to_string(channels) + ", per channel", 37 * channels, channels, channels));
    add(make("7,003 x 17, per channel", 7003 * 17, 17, 17));
    add(make("scalar beta, coeff per channel", 30 * 6, 1, 6));
    for (float beta : {0.5f, 0.9f, 1.0f})
      add(elementwise("extremes at beta = " + std::to_string(beta),
                      {0.0f, 1e-6f, 87, -87, 1e4f, -1e4f, 1e30f, -1e30f, infinity}, beta, 0.5f));
  }
  return cases;
}

inline double errorOf(float got, double exact, double scale) {
  const float rounded = static_cast<float>(exact);
  if (got == rounded || (std::isnan(got) && std::isnan(exact))) return 0;
  if (!std::isfinite(got) || !std::isfinite(rounded)) return std::numeric_limits<double>::infinity();
  return std::fabs(got - exact) / std::max(1.0, scale);
}

// The sums over a case, and over the magnitudes of their terms.
struct Sums {
  std::vector<double> dbeta, dcoeff, betaScale, coeffScale;
};

// A derivative of the unit, given phi's, and the sum of the magnitudes of its terms.
template <class Derivative>
double ofForm(const Case &of, double x, const Derivative &derivative, double *scale) {
  const double rest = 1.0 - of.alpha, low = rest * derivative(x);
  const double high = std::isinf(of.maxValue) ? 0.0 : rest * derivative(x - of.maxValue);
  *scale = std::fabs(low) + std::fabs(high);
  return low - high;
}

// The unit's value.
inline double valueOf(const Case &of, double x, double b, double c, double *scale) {
  double u = reference::phi(x, b, c);
  *scale = std::fabs(u);
  if (!std::isinf(of.maxValue)) {
    const double even = std::isinf(x) ? 0.0 : reference::phiEven(x, b, c) - reference::phiEven(x - of.maxValue, b, c);
    u = std::min(std::max(x, 0.0), static_cast<double>(of.maxValue)) + even;
    *scale = std::max(1.0, std::fabs(even)) * 3;
  }
  return of.alpha == 0.0f ? u : of.alpha * x + (1.0 - of.alpha) * u;
}

inline Sums sumsOf(const Case &of) {
  const size_t betas = of.beta.size(), coeffs = of.coeff.size();
  Sums sums{std::vector<double>(betas), std::vector<double>(coeffs), std::vector<double>(betas),
            std::vector<double>(coeffs)};
  for (size_t i = 0; i < of.x.size(); i++) {
    const double x = of.x[i], dy = of.dy[i], b = of.beta[i % betas], c = of.coeff[i % coeffs];
    double scale = 0;
    sums.dbeta[i % betas] += dy * ofForm(
                                      of, x, [&](double z) { return reference::phiDbeta(z, b, c); }, &scale);
    sums.betaScale[i % betas] += std::fabs(dy) * scale;
    sums.dcoeff[i % coeffs] += dy * ofForm(
                                        of, x, [&](double z) { return reference::phiDcoeff(z, b, c); }, &scale);
    sums.coeffScale[i % coeffs] += std::fabs(dy) * scale;
  }
  return sums;
}

// `copies`: how many times the elements of the case were there in what computed the sums.
inline Errors measure(const Case &of, const Outputs &got, double copies = 1) {
  Errors errors;
  const size_t betas = of.beta.size(), coeffs = of.coeff.size();
  for (size_t i = 0; i < of.x.size(); i++) {
    const double x = of.x[i], dy = of.dy[i], b = of.beta[i % betas], c = of.coeff[i % coeffs];
    double yScale = 0, dxScale = 0;
    const double y = valueOf(of, x, b, c, &yScale);
    const double dx = dy * (of.alpha + ofForm(
                                           of, x, [&](double z) { return reference::phiDx(z, b, c); }, &dxScale));
    errors.y = std::max(errors.y, errorOf(got.y[i], y, std::max(std::fabs(y), yScale)));
    errors.dx = std::max(errors.dx, errorOf(got.dx[i], dx, std::fabs(dy) * dxScale));
  }
  const Sums sums = sumsOf(of);
  for (size_t i = 0; i < betas; i++)
    errors.dbeta = std::max(errors.dbeta, errorOf(got.dbeta[i], copies * sums.dbeta[i], copies * sums.betaScale[i]));
  for (size_t i = 0; i < coeffs; i++)
    errors.dcoeff =
        std::max(errors.dcoeff, errorOf(got.dcoeff[i], copies * sums.dcoeff[i], copies * sums.coeffScale[i]));
  return errors;
}

} // namespace cases
