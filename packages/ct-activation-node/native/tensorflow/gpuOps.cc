// The CUDA kernels of the unit's ops, for TensorFlow's GPU devices.
#include "attributes.h"
#include "gpu.h"
#include "shapes.h"

namespace ctu {
namespace {

cuda::DeviceParameter parameter(const Tensor &t) { return {data(t), static_cast<long long>(t.NumElements())}; }

class FormGpuKernel : public FormKernel {
 public:
  using FormKernel::FormKernel;

 protected:
  cuda::DeviceUnit unit(const Tensor &beta, const Tensor &coeff) const {
    return {parameter(beta), parameter(coeff), hasForm_ ? &form_ : nullptr};
  }
};

class CtuGpuKernel : public FormGpuKernel {
 public:
  using FormGpuKernel::FormGpuKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &beta = context->input(1), &coeff = context->input(2);
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    if (x.NumElements() == 0) return;
    OP_REQUIRES_OK(
        context, toStatus(cuda::launchValue(streamOf(context), data(x), data(y), x.NumElements(), unit(beta, coeff))));
  }
};

class CtuGradXGpuKernel : public FormGpuKernel {
 public:
  using FormGpuKernel::FormGpuKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &beta = context->input(2), &coeff = context->input(3);
    OP_REQUIRES_OK(context, checkGradient(dy, x));
    OP_REQUIRES_OK(context, checkParameters(x, beta, coeff));
    Tensor *dx = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    if (x.NumElements() == 0) return;
    OP_REQUIRES_OK(context, toStatus(cuda::launchSlope(streamOf(context), data(x), data(dy), data(dx), x.NumElements(),
                                                       unit(beta, coeff))));
  }
};

class CtuGradGpuKernel : public FormGpuKernel {
 public:
  using FormGpuKernel::FormGpuKernel;

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
    OP_REQUIRES_OK(context, context->allocate_temp(DT_FLOAT, TensorShape({plan.partialSize}), &partial));
    OP_REQUIRES_OK(context,
                   toStatus(cuda::launchSlopes(streamOf(context), plan, data(x), data(dy), n, unit(beta, coeff),
                                               data(&partial), {data(dx), data(dbeta), data(dcoeff)})));
  }
};

REGISTER_KERNEL_BUILDER(Name("Ctu").Device(DEVICE_GPU), CtuGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGradX").Device(DEVICE_GPU), CtuGradXGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuGrad").Device(DEVICE_GPU), CtuGradGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuForm").Device(DEVICE_GPU), CtuGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuFormGradX").Device(DEVICE_GPU), CtuGradXGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuFormGrad").Device(DEVICE_GPU), CtuGradGpuKernel);

} // namespace
} // namespace ctu
