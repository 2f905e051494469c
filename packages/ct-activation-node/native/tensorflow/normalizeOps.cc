// The TensorFlow ops of batch normalisation in training, and their CPU kernels.
//
//     CtuNormalize(x, scale, offset, unit...) -> y, statistics
//     CtuNormalizeGrad(dy, x, statistics, scale, offset, unit...) -> dx, gradients...
//
// All float32: x is [..., channels] and statistics [2, channels], means and biased variances; all else is [channels].
// `unit` is beta and coeff, or nothing where no unit follows. `gradients` are those of scale and offset where the
// attribute `ofScale` says so, then those of beta and coeff where `ofUnit` does; their number must be given as `G`.
#include "../cpu/normalize.h"
#include "onThreads.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace ctu {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Status;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::errors::InvalidArgument;
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

Status checkChannels(const Tensor &x, std::initializer_list<std::pair<const char *, const Tensor *>> parameters) {
  if (x.dims() == 0 || x.NumElements() == 0)
    return InvalidArgument("CtuNormalize: x must have entries to normalise, got shape ", x.shape().DebugString());
  const TensorShape expected({x.dim_size(x.dims() - 1)});
  for (const auto &[name, t] : parameters)
    if (t->shape() != expected)
      return InvalidArgument("CtuNormalize: ", name, " must be ", expected.DebugString(), ", got ",
                             t->shape().DebugString());
  return Status();
}

// beta and coeff from input `first` on, or neither.
Status readUnit(OpKernelContext *context, int first, const Tensor &x, Channels &channels) {
  const int count = context->num_inputs() - first;
  if (count == 0) return Status();
  if (count != 2) return InvalidArgument("CtuNormalize: unit must be beta and coeff, or nothing, got ", count);
  const Tensor &beta = context->input(first), &coeff = context->input(first + 1);
  channels.beta = data(beta);
  channels.coeff = data(coeff);
  return checkChannels(x, {{"beta", &beta}, {"coeff", &coeff}});
}

class NormalizeKernel : public OpKernel {
 public:
  explicit NormalizeKernel(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
  }

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &scale = context->input(1), &offset = context->input(2);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const int64_t count = scale.NumElements();
    Tensor *y = nullptr, *statistics = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({2, count}), &statistics));
    float *mean = statistics->flat<float>().data(), *variance = mean + count;
    Channels channels = {count, mean, variance, data(scale), data(offset), nullptr, nullptr, epsilon_};
    OP_REQUIRES_OK(context, readUnit(context, 3, x, channels));

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

 private:
  float epsilon_;
};

class NormalizeGradKernel : public OpKernel {
 public:
  explicit NormalizeGradKernel(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
    OP_REQUIRES_OK(construction, construction->GetAttr("ofScale", &ofScale_));
    OP_REQUIRES_OK(construction, construction->GetAttr("ofUnit", &ofUnit_));
  }

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &statistics = context->input(2);
    const Tensor &scale = context->input(3), &offset = context->input(4);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const int64_t count = scale.NumElements();
    OP_REQUIRES(context, dy.shape() == x.shape() && statistics.shape() == TensorShape({2, count}),
                InvalidArgument("CtuNormalize: dy must have the shape of x, and statistics [2, channels]"));
    const float *mean = data(statistics);
    Channels channels = {count, mean, mean + count, data(scale), data(offset), nullptr, nullptr, epsilon_};
    OP_REQUIRES_OK(context, readUnit(context, 5, x, channels));
    const bool hasUnit = channels.beta != nullptr;
    OP_REQUIRES(context, context->num_outputs() == 1 + 2 * ofScale_ + 2 * (ofUnit_ && hasUnit) && (hasUnit || !ofUnit_),
                InvalidArgument("CtuNormalize: G must be the number of gradients that ofScale and ofUnit ask for"));
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

 private:
  float epsilon_;
  bool ofScale_, ofUnit_;
};

REGISTER_KERNEL_BUILDER(Name("CtuNormalize").Device(tensorflow::DEVICE_CPU), NormalizeKernel);
REGISTER_KERNEL_BUILDER(Name("CtuNormalizeGrad").Device(tensorflow::DEVICE_CPU), NormalizeGradKernel);

} // namespace
} // namespace ctu
