// The TensorFlow ops Ctu, CtuGrad and CtuGradX, and their CPU kernels.
//
//     Ctu(x, beta, coeff) -> y
//     CtuGrad(dy, x, beta, coeff) -> dx, dbeta, dcoeff
//     CtuGradX(dy, x, beta, coeff) -> dx
//     CtuForm, CtuFormGrad, CtuFormGradX: the same of clipped and leaky units, with attributes maxValue and alpha
//
// All float32. The shapes of beta and coeff are suffixes of x's shape, each for itself. normalizeOps.cc has those of
// batch normalisation.
#include "../cpu/pass.h"
#include "attributes.h"
#include "onThreads.h"
#include "shapes.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace ctu {
namespace {

using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::shape_inference::InferenceContext;

// Makes output k a tensor of the shape of input inputs[k].
template <int outputs>
tensorflow::Status outputsLike(InferenceContext *context, const int (&inputs)[outputs]) {
  for (int k = 0; k < outputs; k++) context->set_output(k, context->input(inputs[k]));
  return tensorflow::Status();
}

REGISTER_OP("Ctu")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("y: float")
    .SetShapeFn([](InferenceContext *c) { return outputsLike(c, {0}); })
    .Doc("The Curvature Tuning activation. The shapes of beta and coeff are suffixes of the shape of x.");

REGISTER_OP("CtuForm")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("y: float")
    .Attr("maxValue: float")
    .Attr("alpha: float")
    .SetShapeFn([](InferenceContext *c) { return outputsLike(c, {0}); })
    .Doc("Ctu, clipped at maxValue and leaky by alpha.");

REGISTER_OP("CtuGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("dx: float")
    .Output("dbeta: float")
    .Output("dcoeff: float")
    .SetShapeFn([](InferenceContext *c) {
      return outputsLike(c, {1, 2, 3});
    })
    .Doc("The gradients of Ctu in all of its inputs.");

REGISTER_OP("CtuFormGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("dx: float")
    .Output("dbeta: float")
    .Output("dcoeff: float")
    .Attr("maxValue: float")
    .Attr("alpha: float")
    .SetShapeFn([](InferenceContext *c) {
      return outputsLike(c, {1, 2, 3});
    })
    .Doc("The gradients of CtuForm in all of its inputs.");

REGISTER_OP("CtuGradX")
    .Input("dy: float")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("dx: float")
    .SetShapeFn([](InferenceContext *c) { return outputsLike(c, {1}); })
    .Doc("The gradient of Ctu in x alone.");

REGISTER_OP("CtuFormGradX")
    .Input("dy: float")
    .Input("x: float")
    .Input("beta: float")
    .Input("coeff: float")
    .Output("dx: float")
    .Attr("maxValue: float")
    .Attr("alpha: float")
    .SetShapeFn([](InferenceContext *c) { return outputsLike(c, {1}); })
    .Doc("The gradient of CtuForm in x alone.");

const float *data(const Tensor &t) { return t.flat<float>().data(); }
Parameter parameter(const Tensor &t) { return {data(t), t.NumElements()}; }

class CtuKernel : public FormKernel {
 public:
  using FormKernel::FormKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &beta = context->input(1), &coeff = context->input(2);
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &y));
    if (x.NumElements() == 0) return;
    Pass pass(Kind::kValue, data(x), nullptr, y->flat<float>().data(), x.NumElements(), parameter(beta),
              parameter(coeff));
    pass.form = form_;
    runOnThreads(context, pass, 4);
  }
};

class CtuGradXKernel : public FormKernel {
 public:
  using FormKernel::FormKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &beta = context->input(2), &coeff = context->input(3);
    OP_REQUIRES_OK(context, checkGradient(dy, x));
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0, 1}, 0, x.shape(), &dx));
    if (x.NumElements() == 0) return;
    Pass pass(Kind::kSlope, data(x), data(dy), dx->flat<float>().data(), x.NumElements(), parameter(beta),
              parameter(coeff));
    pass.form = form_;
    runOnThreads(context, pass, 4);
  }
};

class CtuGradKernel : public FormKernel {
 public:
  using FormKernel::FormKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &beta = context->input(2), &coeff = context->input(3);
    OP_REQUIRES_OK(context, checkGradient(dy, x));
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *dx = nullptr, *dbeta = nullptr, *dcoeff = nullptr;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0, 1}, 0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, beta.shape(), &dbeta));
    OP_REQUIRES_OK(context, context->allocate_output(2, coeff.shape(), &dcoeff));
    Pass pass(Kind::kSlopes, data(x), data(dy), dx->flat<float>().data(), x.NumElements(), parameter(beta),
              parameter(coeff), dbeta->flat<float>().data(), dcoeff->flat<float>().data());
    pass.form = form_;
    runOnThreads(context, pass, 8);
    // Sums over no elements are zeros.
    pass.finish();
  }
};

REGISTER_KERNEL_BUILDER(Name("Ctu").Device(tensorflow::DEVICE_CPU), CtuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGradX").Device(tensorflow::DEVICE_CPU), CtuGradXKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGrad").Device(tensorflow::DEVICE_CPU), CtuGradKernel);
REGISTER_KERNEL_BUILDER(Name("CtuForm").Device(tensorflow::DEVICE_CPU), CtuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuFormGradX").Device(tensorflow::DEVICE_CPU), CtuGradXKernel);
REGISTER_KERNEL_BUILDER(Name("CtuFormGrad").Device(tensorflow::DEVICE_CPU), CtuGradKernel);

} // namespace
} // namespace ctu
