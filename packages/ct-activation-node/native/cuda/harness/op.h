// The ops on the card's memory: what the checks of large tensors and the timings run.
#pragma once
#include "../launch.h"
#include "device.h"

namespace device {

// The unit on tensors of n elements. `y` is also where dx goes.
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
        unit_{{beta_.data(), static_cast<long long>(beta.size())},
              {coeff_.data(), static_cast<long long>(coeff.size())}} {}

  void copy() const { x.copyTo(y, n); }
  // `form` is null for phi itself.
  void forward(const ctu::Form *form = nullptr) const {
    require(ctu::cuda::launchValue(nullptr, x.data(), y.data(), n, with(form)));
  }
  void backwardInX() const { require(ctu::cuda::launchSlope(nullptr, x.data(), dy.data(), y.data(), n, unit_)); }
  void backward(const ctu::Form *form = nullptr) const {
    require(ctu::cuda::launchSlopes(nullptr, plan_, x.data(), dy.data(), n, with(form), partial_.data(),
                                    {y.data(), dbeta.data(), dcoeff.data()}));
  }

  const long long n;
  const Floats x, dy, y, dbeta, dcoeff;

 private:
  static ctu::cuda::SlopesPlan plan(long long n, long long betas, long long coeffs) {
    ctu::cuda::SlopesPlan made{};
    require(ctu::cuda::planSlopes(n, betas, coeffs, &made));
    return made;
  }
  ctu::cuda::DeviceUnit with(const ctu::Form *form) const { return {unit_.beta, unit_.coeff, form}; }

  const Floats beta_, coeff_;
  const ctu::cuda::SlopesPlan plan_;
  const Floats partial_;
  const ctu::cuda::DeviceUnit unit_;
};

// Batch normalisation of the tensors of an Op, with a unit behind it or without.
class NormalizeOp {
 public:
  struct Parameters {
    std::vector<float> scale, offset, beta, coeff;
    float epsilon;
  };
  NormalizeOp(const Op &tensors, const Parameters &parameters, bool unit)
      : statistics(2 * parameters.scale.size()),
        gradients(4 * parameters.scale.size()),
        tensors_(tensors),
        scale_(parameters.scale),
        offset_(parameters.offset),
        beta_(parameters.beta),
        coeff_(parameters.coeff),
        size_(static_cast<long long>(parameters.scale.size())),
        partial_(planned()),
        channels_{size_,
                  statistics.data(),
                  scale_.data(),
                  offset_.data(),
                  unit ? beta_.data() : nullptr,
                  unit ? coeff_.data() : nullptr,
                  parameters.epsilon} {}

  void forward() const {
    require(ctu::cuda::launchNormalize(nullptr, plan_, tensors_.x.data(), tensors_.y.data(), tensors_.n, channels_,
                                       partial_.data(), statistics.data()));
  }
  // All gradients that there are.
  void backward() const {
    const auto gradient = [&](long long k) { return gradients.data() + k * size_; };
    const bool unit = channels_.beta != nullptr;
    require(ctu::cuda::launchNormalizeGrad(
        nullptr, plan_, tensors_.x.data(), tensors_.dy.data(), tensors_.y.data(), tensors_.n, channels_,
        partial_.data(), {gradient(0), gradient(1), unit ? gradient(2) : nullptr, unit ? gradient(3) : nullptr}));
  }

  // [2, channels]; dscale, doffset, dbeta and dcoeff one after the other.
  const Floats statistics, gradients;

 private:
  size_t planned() {
    long long size = 0;
    require(ctu::cuda::planNormalize(tensors_.n, size_, &plan_, &size));
    return size;
  }

  const Op &tensors_;
  const Floats scale_, offset_, beta_, coeff_;
  const long long size_;
  ctu::cuda::SumsPlan plan_{};
  const Floats partial_;
  const ctu::cuda::DeviceChannels channels_;
};

} // namespace device
