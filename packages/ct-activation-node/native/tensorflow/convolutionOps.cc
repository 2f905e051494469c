// The TensorFlow ops of convolutions, and their CPU kernels.
//
//     CtuConv2D(x, filter, bias...) -> y
//     CtuConv2DInput(dy, filter) -> dx
//     CtuConv2DFilter(x, dy) -> dfilter
//
// All float32: x is [batch, height, width, in], filter [rows, columns, in, out], y [batch, outHeight, outWidth, out]
// and bias [out], or nothing. The attribute `geometry` is the strides down and across, the zeros above x and before it,
// and the two sizes that the inputs do not tell: height and width of the result, rows and columns where that is
// dfilter.
#include <algorithm>
#include <vector>

#include "../cpu/convolution/convolution.h"
#include "../cpu/convolution/filterGradient.h"
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

Status rankFour(InferenceContext *c) {
  c->set_output(0, c->UnknownShapeOfRank(4));
  return Status();
}

REGISTER_OP("CtuConv2D")
    .Input("x: float")
    .Input("filter: float")
    .Input("bias: B * float")
    .Attr("B: int >= 0")
    .Attr("geometry: list(int) >= 6")
    .Output("y: float")
    .SetShapeFn(rankFour)
    .Doc("A convolution of images with few channels.");

REGISTER_OP("CtuConv2DInput")
    .Input("dy: float")
    .Input("filter: float")
    .Attr("geometry: list(int) >= 6")
    .Output("dx: float")
    .SetShapeFn(rankFour)
    .Doc("The gradient of CtuConv2D in x.");

REGISTER_OP("CtuConv2DFilter")
    .Input("x: float")
    .Input("dy: float")
    .Attr("geometry: list(int) >= 6")
    .Output("dfilter: float")
    .SetShapeFn(rankFour)
    .Doc("The gradient of CtuConv2D in the filter.");

const float *data(const Tensor &t) { return t.flat<float>().data(); }

class ConvolutionKernel : public OpKernel {
 public:
  explicit ConvolutionKernel(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("geometry", &geometry_));
    OP_REQUIRES(construction,
                geometry_.size() == 6 && geometry_[0] > 0 && geometry_[1] > 0 &&
                    *std::min_element(geometry_.begin(), geometry_.end()) >= 0,
                InvalidArgument("CtuConv2D: geometry must be two strides, two paddings and two sizes"));
  }

 protected:
  ConvolutionShape shapeOf(const TensorShape &x, const TensorShape &filter, const TensorShape &y) const {
    return {x.dim_size(0),      x.dim_size(1), x.dim_size(2), x.dim_size(3), filter.dim_size(0),
            filter.dim_size(1), y.dim_size(3), y.dim_size(1), y.dim_size(2), geometry_[0],
            geometry_[1],       geometry_[2],  geometry_[3]};
  }

  // Two of the inputs have four dimensions, and one of each is the same.
  Status check(OpKernelContext *context, int firstDimension, int secondDimension, const char *expected) const {
    const Tensor &first = context->input(0), &second = context->input(1);
    if (first.dims() == 4 && second.dims() == 4 && first.dim_size(firstDimension) == second.dim_size(secondDimension))
      return Status();
    return InvalidArgument(expected, ", got ", first.shape().DebugString(), " and ", second.shape().DebugString());
  }

  std::vector<int64_t> geometry_;
};

class ForwardKernel : public ConvolutionKernel {
 public:
  using ConvolutionKernel::ConvolutionKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &filter = context->input(1);
    OP_REQUIRES_OK(context, check(context, 3, 2,
                                  "CtuConv2D: x must be [batch, height, width, in] and filter [rows, columns, in, "
                                  "out]"));
    const TensorShape shape({x.dim_size(0), geometry_[4], geometry_[5], filter.dim_size(3)});
    const Tensor *bias = context->num_inputs() == 2 ? nullptr : &context->input(2);
    OP_REQUIRES(
        context, bias == nullptr || (context->num_inputs() == 3 && bias->shape() == TensorShape({filter.dim_size(3)})),
        InvalidArgument("CtuConv2D: bias must be [", filter.dim_size(3), "], got ", bias->shape().DebugString()));
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &y));
    if (y->NumElements() == 0) return;
    Convolution pass(Convolution::Kind::kForward, shapeOf(x.shape(), filter.shape(), shape), data(x), data(filter),
                     bias == nullptr ? nullptr : data(*bias), y->flat<float>().data());
    runOnThreads(context, pass, 1);
  }
};

class InputGradientKernel : public ConvolutionKernel {
 public:
  using ConvolutionKernel::ConvolutionKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &filter = context->input(1);
    OP_REQUIRES_OK(context, check(context, 3, 3,
                                  "CtuConv2DInput: dy must be [batch, outHeight, outWidth, out] and filter [rows, "
                                  "columns, in, out]"));
    const TensorShape shape({dy.dim_size(0), geometry_[4], geometry_[5], filter.dim_size(2)});
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &dx));
    if (dx->NumElements() == 0) return;
    Convolution pass(Convolution::Kind::kInputGradient, shapeOf(shape, filter.shape(), dy.shape()), data(dy),
                     data(filter), nullptr, dx->flat<float>().data());
    runOnThreads(context, pass, 1);
  }
};

class FilterGradientKernel : public ConvolutionKernel {
 public:
  using ConvolutionKernel::ConvolutionKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &dy = context->input(1);
    OP_REQUIRES_OK(context, check(context, 0, 0,
                                  "CtuConv2DFilter: x must be [batch, height, width, in] and dy [batch, outHeight, "
                                  "outWidth, out]"));
    const TensorShape shape({geometry_[4], geometry_[5], x.dim_size(3), dy.dim_size(3)});
    Tensor *dfilter = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &dfilter));
    float *result = dfilter->flat<float>().data();
    if (x.NumElements() == 0 || dy.NumElements() == 0) {
      std::fill_n(result, dfilter->NumElements(), 0.0f);
      return;
    }
    FilterGradient pass(shapeOf(x.shape(), shape, dy.shape()), data(x), data(dy));
    runOnThreads(context, pass, 1);
    pass.finish(result);
  }
};

REGISTER_KERNEL_BUILDER(Name("CtuConv2D").Device(tensorflow::DEVICE_CPU), ForwardKernel);
REGISTER_KERNEL_BUILDER(Name("CtuConv2DInput").Device(tensorflow::DEVICE_CPU), InputGradientKernel);
REGISTER_KERNEL_BUILDER(Name("CtuConv2DFilter").Device(tensorflow::DEVICE_CPU), FilterGradientKernel);

} // namespace
} // namespace ctu
