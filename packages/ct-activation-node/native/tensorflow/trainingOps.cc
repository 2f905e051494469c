// TensorFlow ops of a training step that know no curvature, and their CPU kernels.
//
//     CtuAdam(weights, gradient, first, second, rates) -> updated
//     CtuMaxPoolGrad(dy, x) -> dx
//
// All float32. The moments `first` and `second` are updated in their own buffers, which must be nobody else's; rates is
// scale and correction. x is [batch, height, width, channels], and the attribute `window` height and width of the
// windows, the strides down and across, and the rows above and columns before x at which they begin.
#include <vector>

#include "../cpu/adam.h"
#include "../cpu/pool.h"
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
using tensorflow::errors::InvalidArgument;
using tensorflow::shape_inference::InferenceContext;

REGISTER_OP("CtuAdam")
    .Input("weights: float")
    .Input("gradient: float")
    .Input("first: float")
    .Input("second: float")
    .Input("rates: float")
    .Output("updated: float")
    .SetIsStateful()
    .SetShapeFn([](InferenceContext *c) {
      c->set_output(0, c->input(0));
      return Status();
    })
    .Doc("A step of Adam, which updates the moments in place.");

REGISTER_OP("CtuMaxPoolGrad")
    .Input("dy: float")
    .Input("x: float")
    .Attr("window: list(int) >= 6")
    .Output("dx: float")
    .SetShapeFn([](InferenceContext *c) {
      c->set_output(0, c->input(1));
      return Status();
    })
    .Doc("The gradient of max pooling.");

const float *data(const Tensor &t) { return t.flat<float>().data(); }

class AdamKernel : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &weights = context->input(0), &rates = context->input(4);
    for (int k = 1; k < 4; k++)
      OP_REQUIRES(context, context->input(k).shape() == weights.shape(),
                  InvalidArgument("CtuAdam: gradient and moments must have the shape of weights, ",
                                  weights.shape().DebugString(), ", got ", context->input(k).shape().DebugString()));
    OP_REQUIRES(context, rates.NumElements() == 2, InvalidArgument("CtuAdam: rates must be scale and correction"));
    Tensor *updated = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, weights.shape(), &updated));
    const auto moment = [context](int k) { return const_cast<float *>(data(context->input(k))); };
    AdamStep step({data(weights), data(context->input(1)), moment(2), moment(3), updated->flat<float>().data(),
                   weights.NumElements()},
                  data(rates)[0], data(rates)[1]);
    runOnThreads(context, step, 4);
  }
};

class MaxPoolGradKernel : public OpKernel {
 public:
  explicit MaxPoolGradKernel(OpKernelConstruction *construction) : OpKernel(construction) {
    std::vector<int64_t> window;
    OP_REQUIRES_OK(construction, construction->GetAttr("window", &window));
    OP_REQUIRES(construction, window.size() == 6 && std::min({window[0], window[1], window[2], window[3]}) > 0,
                InvalidArgument("CtuMaxPoolGrad: window must be two sizes, two strides and two paddings"));
    window_ = {window[0], window[1], window[2], window[3], window[4], window[5]};
  }

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1);
    OP_REQUIRES(context,
                x.dims() == 4 && dy.dims() == 4 && dy.dim_size(0) == x.dim_size(0) && dy.dim_size(3) == x.dim_size(3),
                InvalidArgument("CtuMaxPoolGrad: dy and x must be [batch, height, width, channels], got ",
                                dy.shape().DebugString(), " and ", x.shape().DebugString()));
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    MaxPoolGradient gradient(
        {x.dim_size(0), x.dim_size(1), x.dim_size(2), x.dim_size(3), dy.dim_size(1), dy.dim_size(2)}, window_, data(x),
        data(dy), dx->flat<float>().data());
    runOnThreads(context, gradient, 8);
  }

 private:
  MaxPoolGradient::Window window_;
};

REGISTER_KERNEL_BUILDER(Name("CtuAdam").Device(tensorflow::DEVICE_CPU), AdamKernel);
REGISTER_KERNEL_BUILDER(Name("CtuMaxPoolGrad").Device(tensorflow::DEVICE_CPU), MaxPoolGradKernel);

} // namespace
} // namespace ctu
