// The TensorFlow ops of batch normalisation in training, and their CPU kernels.
//
//     CtuNormalize(x, scale, offset, unit...) -> y, statistics
//     CtuNormalizeGrad(dy, x, statistics, scale, offset, unit...) -> dx, gradients...
//
// All float32: x is [..., channels] and statistics [2, channels], means and biased variances; all else is [channels].
// `unit` is beta and coeff, or nothing where no unit follows. `gradients` are those of scale and offset where the
// attribute `ofScale` says so, then those of beta and coeff where `ofUnit` does; their number must be given as `G`.
#include "../cpu/normalize.h"
#include "attributes.h"
#include "onThreads.h"
#include "shapes.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace ctu {
namespace {

using tensorflow::OpKernelContext;
using tensorflow::Status;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::InferenceContext;
using Step = Normalization::Step;

REGISTER_OP("CtuNormalize")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("unit: U * float")
    .Attr("U: int >= 0")
    .Attr("epsilon: float")
    .Output("y: float")
    .Output("statistics: float")
    .SetShapeFn([](InferenceContext *c) {
      c->set_output(0, c->input(0));
      c->set_output(1, c->UnknownShapeOfRank(2));
      return Status();
    })
    .Doc("Batch normalisation in training, and the Curvature Tuning activation of it.");

REGISTER_OP("CtuNormalizeGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("statistics: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("unit: U * float")
    .Attr("U: int >= 0")
    .Attr("G: int >= 0")
    .Attr("epsilon: float")
    .Attr("ofScale: bool")
    .Attr("ofUnit: bool")
    .Output("dx: float")
    .Output("gradients: G * float")
    .SetShapeFn([](InferenceContext *c) {
      c->set_output(0, c->input(1));
      for (int k = 1; k < c->num_outputs(); k++) c->set_output(k, c->input(3));
      return Status();
    })
    .Doc("The gradients of CtuNormalize.");

const float *data(const Tensor &t) { return t.flat<float>().data(); }

class NormalizeKernel : public EpsilonKernel {
 public:
  using EpsilonKernel::EpsilonKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &scale = context->input(1), &offset = context->input(2);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const UnitInputs unit = unitInputs(context, 3);
    OP_REQUIRES_OK(context, checkUnit(unit, x));
    const int64_t count = scale.NumElements();
    Tensor *y = nullptr, *statistics = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({2, count}), &statistics));
    float *mean = statistics->flat<float>().data(), *variance = mean + count;
    const Channels channels = {
        count, mean, variance, data(scale), data(offset), unit.values(unit.beta), unit.values(unit.coeff), epsilon_};

    Normalization moments(Step::kStatistics, channels, data(x), nullptr, nullptr, x.NumElements());
    runOnThreads(context, moments, 2);
    const std::vector<ChannelSums> sums = moments.finish();
    for (int64_t k = 0; k < count; k++) {
      mean[k] = static_cast<float>(sums[k].sum);
      variance[k] = static_cast<float>(sums[k].product / sums[k].entries);
    }
    Normalization values(Step::kValue, channels, data(x), nullptr, y->flat<float>().data(), x.NumElements());
    runOnThreads(context, values, channels.beta == nullptr ? 1 : 4);
  }
};

class NormalizeGradKernel : public WantedGradientsKernel {
 public:
  using WantedGradientsKernel::WantedGradientsKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &statistics = context->input(2);
    const Tensor &scale = context->input(3), &offset = context->input(4);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const int64_t count = scale.NumElements();
    const UnitInputs unit = unitInputs(context, 5);
    OP_REQUIRES_OK(context, checkUnit(unit, x));
    const bool hasUnit = unit.beta != nullptr;
    OP_REQUIRES_OK(context, checkGradients(context, {ofScale_, ofUnit_, hasUnit}));
    const float *mean = data(statistics);
    const Channels channels = {
        count,   mean, mean + count, data(scale), data(offset), unit.values(unit.beta), unit.values(unit.coeff),
        epsilon_};
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    float *result = dx->flat<float>().data();

    Normalization gradients(ofUnit_ ? Step::kAllSums : Step::kSums, channels, data(x), data(dy), result,
                            x.NumElements());
    runOnThreads(context, gradients, hasUnit ? (ofUnit_ ? 8 : 5) : 2);
    const std::vector<ChannelSums> sums = gradients.finish();
    Normalization input(Step::kInput, channels, data(x), hasUnit ? result : data(dy), result, x.NumElements(),
                        sums.data());
    runOnThreads(context, input, 2);

    int next = 1;
    const auto give = [&](auto value) {
      Tensor *gradient = nullptr;
      OP_REQUIRES_OK(context, context->allocate_output(next++, TensorShape({count}), &gradient));
      for (int64_t k = 0; k < count; k++) gradient->flat<float>()(k) = static_cast<float>(value(k));
    };
    if (ofScale_) {
      give([&](int64_t k) { return sums[k].product * inverseDeviation(channels, k); });
      give([&](int64_t k) { return sums[k].sum; });
    }
    if (ofUnit_) {
      give([&](int64_t k) { return sums[k].dbeta; });
      give([&](int64_t k) { return sums[k].dcoeff; });
    }
  }
};

REGISTER_KERNEL_BUILDER(Name("CtuNormalize").Device(tensorflow::DEVICE_CPU), NormalizeKernel);
REGISTER_KERNEL_BUILDER(Name("CtuNormalizeGrad").Device(tensorflow::DEVICE_CPU), NormalizeGradKernel);

} // namespace
} // namespace ctu
