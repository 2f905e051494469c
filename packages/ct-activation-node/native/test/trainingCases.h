// Cases of Adam and of max pooling's gradient, for the CPU kernels.
#pragma once
#include "../cpu/adam.h"
#include "../cpu/pool.h"
#include "testCases.h"

namespace cases {

// The largest error of ten steps of Adam, relative to max(1, |exact|), against the same in float64; NaN where `run`,
// which runs a pass, leaves other bits than it did on one thread.
template <class Run>
double adamError(int64_t n, const Run &run) {
  const auto step = [n](int k, std::vector<float> &w, std::vector<float> &m, std::vector<float> &v, auto &&by) {
    std::vector<float> g(n), updated(n);
    for (int64_t i = 0; i < n; i++)
      g[i] = static_cast<float>((2 * uniform(i + 1000003 * k) - 1) * std::pow(10, static_cast<double>(i % 9 - 6)));
    const double scale = 1e-2 / (1 - std::pow(0.9, k)), correction = std::sqrt(1 - std::pow(0.999, k));
    ctu::AdamStep pass({w.data(), g.data(), m.data(), v.data(), updated.data(), n},
                       static_cast<float>(scale), static_cast<float>(correction));
    by(pass);
    w = updated;
    return g;
  };
  std::vector<float> w(n), m(n), v(n);
  for (int64_t i = 0; i < n; i++) w[i] = static_cast<float>(4 * uniform(i + 77) - 2);
  std::vector<double> exact(w.begin(), w.end()), first(n), second(n);
  std::vector<float> wOne = w, mOne = m, vOne = v;
  double worst = 0;
  for (int k = 1; k <= 10; k++) {
    const std::vector<float> g = step(k, w, m, v, run);
    step(k, wOne, mOne, vOne, [](ctu::AdamStep &pass) { pass.run(0, pass.units()); });
    if (n > 0 && std::memcmp(w.data(), wOne.data(), n * sizeof(float)) != 0) return NAN;
    for (int64_t i = 0; i < n; i++) {
      first[i] = 0.9 * first[i] + 0.1 * g[i];
      second[i] = 0.999 * second[i] + 0.001 * g[i] * g[i];
      exact[i] -= 1e-2 / (1 - std::pow(0.9, k)) * first[i] /
                  (std::sqrt(second[i]) / std::sqrt(1 - std::pow(0.999, k)) + 1e-8);
      worst = std::max(worst, std::fabs(w[i] - exact[i]) / std::max(1.0, std::fabs(exact[i])));
    }
  }
  return worst;
}

struct Pooling {
  ctu::MaxPoolGradient::Shape shape;
  ctu::MaxPoolGradient::Window window;
};

inline std::vector<Pooling> poolings() {
  std::vector<Pooling> cases;
  for (const int64_t channels : {1, 3, 4, 8, 16, 19, 64, 65, 130})
    for (const int64_t padding : {0, 1})
      for (const auto &[size, stride] : {std::pair<int64_t, int64_t>{3, 2}, {2, 2}, {3, 1}, {2, 3}}) {
        const int64_t height = 9, width = 7;
        const auto out = [&, by = stride, of = size](int64_t from) { return (from + 2 * padding - of) / by + 1; };
        cases.push_back(
            {{2, height, width, channels, out(height), out(width)}, {size, size, stride, stride, padding, padding}});
      }
  // Windows of another height than width, beyond the far edges too, and none.
  cases.push_back({{1, 5, 4, 5, 3, 3}, {2, 3, 2, 2, 0, 1}});
  cases.push_back({{0, 5, 4, 5, 3, 3}, {2, 3, 2, 2, 0, 1}});
  return cases;
}

// Whether the gradient is that of the definition to the bit: one window, one channel after the other. `run` runs a
// pass.
template <class Run>
bool isPoolGradient(const Pooling &of, const Run &run) {
  const auto &[batch, height, width, channels, outHeight, outWidth] = of.shape;
  const auto &[rows, columns, down, across, top, left] = of.window;
  std::vector<float> x(batch * height * width * channels), dy(batch * outHeight * outWidth * channels);
  // Many equals, and a NaN now and then.
  for (size_t i = 0; i < x.size(); i++) {
    const double u = uniform(static_cast<int64_t>(i) + 5);
    x[i] = u < 0.02 ? NAN : u > 0.98 ? -INFINITY : static_cast<float>(std::floor(8 * u) - 4);
  }
  for (size_t i = 0; i < dy.size(); i++) dy[i] = static_cast<float>(2 * uniform(static_cast<int64_t>(i) + 99) - 1);
  std::vector<float> found(x.size(), NAN), expected(x.size());
  ctu::MaxPoolGradient pass(of.shape, of.window, x.data(), dy.data(), found.data());
  run(pass);
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < outHeight; i++)
      for (int64_t j = 0; j < outWidth; j++)
        for (int64_t c = 0; c < channels; c++) {
          int64_t best = -1;
          for (int64_t h = i * down - top; h < i * down - top + rows; h++)
            for (int64_t w = j * across - left; w < j * across - left + columns; w++) {
              if (h < 0 || h >= height || w < 0 || w >= width) continue;
              const int64_t at = ((b * height + h) * width + w) * channels + c;
              if (best < 0 || x[best] < x[at]) best = at;
            }
          if (best >= 0) expected[best] += dy[((b * outHeight + i) * outWidth + j) * channels + c];
        }
  return x.empty() || std::memcmp(found.data(), expected.data(), x.size() * sizeof(float)) == 0;
}

} // namespace cases
