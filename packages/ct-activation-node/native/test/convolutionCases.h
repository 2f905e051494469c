// Convolutions and their gradients with their float64 truth.
#pragma once
#include "../cpu/convolution/convolution.h"
#include "../cpu/convolution/filterGradient.h"
#include "testCases.h"

namespace cases {

struct Convolved {
  std::vector<float> y, dx, dfilter;
};

// Every remainder modulo vectors, tiles and blocks; sizes and strides that leave edges out; windows of more than one
// unit; nothing to add.
inline std::vector<ctu::ConvolutionShape> convolutions() {
  std::vector<ctu::ConvolutionShape> shapes;
  const auto add = [&shapes](int64_t batch, int64_t height, int64_t width, int64_t in, int64_t out, int64_t rows,
                             int64_t columns, int64_t down, int64_t across, int64_t padding) {
    const auto sizeOf = [padding](int64_t size, int64_t window, int64_t step) {
      return (size + 2 * padding - window) / step + 1;
    };
    shapes.push_back({batch, height, width, in, rows, columns, out, sizeOf(height, rows, down),
                      sizeOf(width, columns, across), down, across, padding, padding});
  };
  for (const int64_t channels : {1, 3, 4, 7, 8, 15, 16, 17, 24, 32, 33, 47, 48, 63, 64, 65, 80})
    for (const int64_t stride : {1, 2}) {
      add(2, 5, 4, channels, 16, 3, 3, stride, stride, 1);
      add(2, 4, 5, 16, channels, 3, 3, stride, stride, 1);
    }
  for (int64_t width = 1; width <= 30; width++) add(1, 3, width, 3, width % 2 == 0 ? 16 : 40, 3, 3, 1, 1, 1);
  for (const int64_t stride : {1, 2, 3}) {
    add(3, 7, 8, 5, 9, 1, 1, stride, stride, 0);
    add(3, 7, 8, 20, 12, 3, 3, stride, stride, 0);
    add(2, 9, 8, 3, 5, 2, 3, stride, 2, 1);
    add(1, 9, 11, 4, 8, 7, 7, stride, stride, 3);
    add(1, 12, 9, 2, 6, 1, 5, 2, stride, 2);
  }
  add(35, 4, 4, 32, 32, 3, 3, 1, 1, 1);
  add(5, 14, 14, 16, 16, 3, 3, 1, 1, 1);
  add(1, 40, 40, 24, 24, 3, 3, 1, 1, 1);
  add(0, 4, 4, 3, 5, 3, 3, 1, 1, 1);
  add(2, 4, 4, 0, 5, 3, 3, 1, 1, 1);
  return shapes;
}

// The largest error of a convolution with a bias and of its gradients, relative to max(1, sum of the magnitudes).
// `compute` gives them.
template <class Compute>
double convolutionError(const ctu::ConvolutionShape &of, const Compute &compute) {
  const auto draw = [](int64_t n, int64_t salt) {
    std::vector<float> values(n);
    for (int64_t i = 0; i < n; i++) values[i] = static_cast<float>(2 * uniform(i + salt) - 1);
    return values;
  };
  const std::vector<float> x = draw(of.batch * of.height * of.width * of.in, 11),
                           filter = draw(of.rows * of.columns * of.in * of.out, 1000003), bias = draw(of.out, 77),
                           dy = draw(of.batch * of.outHeight * of.outWidth * of.out, 3000017);
  const Convolved got = compute(x, filter, bias, dy);
  struct Sum {
    double value = 0, magnitude = 0;
    void add(double term) {
      value += term;
      magnitude += std::fabs(term);
    }
  };
  std::vector<Sum> y(dy.size()), dx(x.size()), dfilter(filter.size());
  for (size_t i = 0; i < y.size(); i++) y[i].add(bias[i % of.out]);
  for (int64_t n = 0; n < of.batch; n++)
    for (int64_t i = 0; i < of.outHeight; i++)
      for (int64_t j = 0; j < of.outWidth; j++)
        for (int64_t k = 0; k < of.rows; k++)
          for (int64_t l = 0; l < of.columns; l++) {
            const int64_t row = i * of.down + k - of.top, column = j * of.across + l - of.left;
            if (row < 0 || row >= of.height || column < 0 || column >= of.width) continue;
            for (int64_t c = 0; c < of.in; c++)
              for (int64_t d = 0; d < of.out; d++) {
                const int64_t to = ((n * of.outHeight + i) * of.outWidth + j) * of.out + d;
                const int64_t from = ((n * of.height + row) * of.width + column) * of.in + c;
                const int64_t by = ((k * of.columns + l) * of.in + c) * of.out + d;
                y[to].add(static_cast<double>(x[from]) * filter[by]);
                dx[from].add(static_cast<double>(dy[to]) * filter[by]);
                dfilter[by].add(static_cast<double>(dy[to]) * x[from]);
              }
          }
  double worst = 0;
  const auto compare = [&worst](const std::vector<Sum> &exact, const std::vector<float> &found) {
    for (size_t i = 0; i < exact.size(); i++) {
      const double error = std::fabs(found[i] - exact[i].value) / std::max(1.0, exact[i].magnitude);
      worst = error <= worst ? worst : std::isnan(error) ? INFINITY : error;
    }
  };
  compare(y, got.y);
  compare(dx, got.dx);
  compare(dfilter, got.dfilter);
  return worst;
}

} // namespace cases
