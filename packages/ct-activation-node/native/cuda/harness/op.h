// The op on the card's memory: what the checks and the timings run.
#pragma once
#include "../launch.h"
#include "device.h"

namespace device {

// Tensors of n elements, and the passes over them. `y` is also where dx goes.
class Op {
 public:
  Op(long long n, const std::vector<float> &beta, const std::vector<float> &coeff)
      : n(n),
        x(n),
        dy(n),
        y(n),
        dbeta(beta.size()),
        dcoeff(coeff.size()),
        beta_(beta),
        coeff_(coeff),
        plan_(plan(n, beta.size(), coeff.size())),
        partial_(plan_.partialSize),
        b_{beta_.data(), static_cast<long long>(beta.size())},
        c_{coeff_.data(), static_cast<long long>(coeff.size())} {}

  void copy() const { x.copyTo(y, n); }
  void forward() const { require(ctu::cuda::launchValue(nullptr, x.data(), y.data(), n, b_, c_)); }
  void backwardInX() const { require(ctu::cuda::launchSlope(nullptr, x.data(), dy.data(), y.data(), n, b_, c_)); }
  void backward() const {
    require(ctu::cuda::launchSlopes(nullptr, plan_, x.data(), dy.data(), y.data(), n, b_, c_, partial_.data(),
                                    dbeta.data(), dcoeff.data()));
  }

  const long long n;
  const Floats x, dy, y, dbeta, dcoeff;

 private:
  static ctu::cuda::SlopesPlan plan(long long n, long long betas, long long coeffs) {
    ctu::cuda::SlopesPlan made{};
    require(ctu::cuda::planSlopes(n, betas, coeffs, &made));
    return made;
  }

  const Floats beta_, coeff_;
  const ctu::cuda::SlopesPlan plan_;
  const Floats partial_;
  const ctu::cuda::DeviceParameter b_, c_;
};

} // namespace device
