// The CUDA kernels of the ops, for TensorFlow's GPU devices.
//
// No CUDA header or library is needed to compile this: launches go through cuda/driver.h.
#include "../cuda/launch.h"
#include "shapes.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/public/version.h"
#if __has_include("xla/stream_executor/stream.h")
#include "xla/stream_executor/stream.h"
#elif __has_include("tensorflow/compiler/xla/stream_executor/stream.h")
#include "tensorflow/compiler/xla/stream_executor/stream.h"
#else
#include "tensorflow/stream_executor/stream.h"
#include "tensorflow/stream_executor/stream_executor_internal.h"
#endif

namespace ctu {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;

tensorflow::Status toStatus(const std::string &problem) {
  return problem.empty() ? tensorflow::Status() : tensorflow::errors::Internal("Ctu: ", problem);
}

// The CUDA stream that TensorFlow has queued the inputs' computation on.
cuda::Stream streamOf(OpKernelContext *context) {
  auto *stream = context->op_device_context()->stream();
#if TF_MAJOR_VERSION == 2 && TF_MINOR_VERSION < 15
  return static_cast<cuda::Stream>(stream->implementation()->GpuStreamHack());
#else
  return static_cast<cuda::Stream>(stream->platform_specific_handle().stream);
#endif
}

const float *data(const Tensor &t) { return t.flat<float>().data(); }
cuda::DeviceParameter parameter(const Tensor &t) { return {data(t), static_cast<long long>(t.NumElements())}; }

class CtuGpuKernel : public OpKernel {
 public:
  explicit CtuGpuKernel(OpKernelConstruction *construction) : OpKernel(construction) {}

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &beta = context->input(1), &coeff = context->input(2);
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    if (x.NumElements() == 0) return;
    OP_REQUIRES_OK(context, toStatus(cuda::launchValue(streamOf(context), data(x), y->flat<float>().data(),
                                                       x.NumElements(), parameter(beta), parameter(coeff))));
  }
};

class CtuGradXGpuKernel : public OpKernel {
 public:
  explicit CtuGradXGpuKernel(OpKernelConstruction *construction) : OpKernel(construction) {}

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &beta = context->input(2), &coeff = context->input(3);
    OP_REQUIRES_OK(context, checkGradient(dy, x));
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    if (x.NumElements() == 0) return;
    OP_REQUIRES_OK(context, toStatus(cuda::launchSlope(streamOf(context), data(x), data(dy), dx->flat<float>().data(),
                                                       x.NumElements(), parameter(beta), parameter(coeff))));
  }
};

class CtuGradGpuKernel : public OpKernel {
 public:
  explicit CtuGradGpuKernel(OpKernelConstruction *construction) : OpKernel(construction) {}

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &beta = context->input(2), &coeff = context->input(3);
    OP_REQUIRES_OK(context, checkGradient(dy, x));
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *dx = nullptr, *dbeta = nullptr, *dcoeff = nullptr, partial;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, beta.shape(), &dbeta));
    OP_REQUIRES_OK(context, context->allocate_output(2, coeff.shape(), &dcoeff));
    const long long n = x.NumElements();
    cuda::SlopesPlan plan{};
    OP_REQUIRES_OK(context, toStatus(cuda::planSlopes(n, beta.NumElements(), coeff.NumElements(), &plan)));
    OP_REQUIRES_OK(
        context, context->allocate_temp(tensorflow::DT_FLOAT, tensorflow::TensorShape({plan.partialSize}), &partial));
    OP_REQUIRES_OK(context,
                   toStatus(cuda::launchSlopes(streamOf(context), plan, data(x), data(dy), dx->flat<float>().data(), n,
                                               parameter(beta), parameter(coeff), partial.flat<float>().data(),
                                               dbeta->flat<float>().data(), dcoeff->flat<float>().data())));
  }
};

REGISTER_KERNEL_BUILDER(Name("Ctu").Device(tensorflow::DEVICE_GPU), CtuGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGradX").Device(tensorflow::DEVICE_GPU), CtuGradXGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGrad").Device(tensorflow::DEVICE_GPU), CtuGradGpuKernel);

} // namespace
} // namespace ctu
