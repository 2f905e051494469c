// The activation and its derivatives in float64: math.ts of @curvature-tuning/activation, in C++, for tests only.
// test/native.test.ts compares it with 50-digit arithmetic.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

namespace reference {

constexpr double kEpsilon = 1e-6;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline double sigmoidOfNegative(double t) {
  const double e = std::exp(-t);
  return e / (1 + e);
}

inline double phi(double x, double beta, double c) {
  if (x == kInfinity) return x + beta * c;
  if (x == -kInfinity) return beta == 0 && c > 0 ? x : 0 * (beta + c);
  const double s = 1 - beta + kEpsilon, u = std::fabs(x) / s;
  return (x > 0 ? x : 0) - c * std::fabs(x) * sigmoidOfNegative(beta * u) + (1 - c) * s * std::log1p(std::exp(-u)) +
         0 * x;
}

// phi(x) - max(x, 0) for finite x.
inline double phiEven(double x, double beta, double c) {
  const double s = 1 - beta + kEpsilon, u = std::fabs(x) / s;
  return (1 - c) * s * std::log1p(std::exp(-u)) - c * std::fabs(x) * sigmoidOfNegative(beta * u);
}

inline double phiDx(double x, double beta, double c) {
  if (std::isnan(x)) return x;
  const double u = std::min(std::fabs(x), std::numeric_limits<double>::max()) / (1 - beta + kEpsilon);
  const double v = std::isnan(beta) ? beta : std::min(beta * u, 750.0), p = sigmoidOfNegative(v);
  const double even = c * (p - v * p * (1 - p)) + (1 - c) * sigmoidOfNegative(u);
  return x > 0 ? 1 - even : even;
}

inline double phiDbeta(double x, double beta, double c) {
  const double u = std::fabs(x) / (1 - beta + kEpsilon);
  const double e = std::exp(-beta * std::min(u, std::numeric_limits<double>::max()));
  const double slope = e == 0 ? 0 : u * u * (e / ((1 + e) * (1 + e)));
  const double q = std::exp(-u);
  const double entropy = (q == 0 ? 0 : u * q / (1 + q)) + std::log1p(q);
  return (c == 0 ? 0 : c * (1 + kEpsilon) * slope) - (1 - c) * entropy + 0 * (std::isnan(x) ? x : beta);
}

inline double phiDcoeff(double x, double beta, double c) {
  if (!std::isfinite(x)) return beta == 0 && !std::isnan(c) ? -std::fabs(x) : 0 * (std::isnan(x) ? x : beta + c);
  const double s = 1 - beta + kEpsilon, u = std::fabs(x) / s;
  return -(std::fabs(x) * sigmoidOfNegative(beta * u) + s * std::log1p(std::exp(-u))) + 0 * c;
}

} // namespace reference
