// The CUDA kernels of the ops of batch normalisation, for TensorFlow's GPU devices.
#include "attributes.h"
#include "gpu.h"
#include "shapes.h"

namespace ctu {
namespace {

class NormalizeGpuKernel : public EpsilonKernel {
 public:
  using EpsilonKernel::EpsilonKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &x = context->input(0), &scale = context->input(1), &offset = context->input(2);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const UnitInputs unit = unitInputs(context, 3);
    OP_REQUIRES_OK(context, checkUnit(unit, x));
    const long long n = x.NumElements(), count = scale.NumElements();
    Tensor *y = nullptr, *statistics = nullptr, partial;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({2, count}), &statistics));
    cuda::SumsPlan plan{};
    long long partialSize = 0;
    OP_REQUIRES_OK(context, toStatus(cuda::planNormalize(n, count, &plan, &partialSize)));
    OP_REQUIRES_OK(context, context->allocate_temp(DT_FLOAT, TensorShape({partialSize}), &partial));
    const cuda::DeviceChannels channels = {
        count, data(statistics), data(scale), data(offset), unit.values(unit.beta), unit.values(unit.coeff), epsilon_};
    OP_REQUIRES_OK(context, toStatus(cuda::launchNormalize(streamOf(context), plan, data(x), data(y), n, channels,
                                                           data(&partial), data(statistics))));
  }
};

class NormalizeGradGpuKernel : public WantedGradientsKernel {
 public:
  using WantedGradientsKernel::WantedGradientsKernel;

  void Compute(OpKernelContext *context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &statistics = context->input(2);
    const Tensor &scale = context->input(3), &offset = context->input(4);
    OP_REQUIRES_OK(context, checkChannels(x, {{"scale", &scale}, {"offset", &offset}}));
    const UnitInputs unit = unitInputs(context, 5);
    OP_REQUIRES_OK(context, checkUnit(unit, x));
    OP_REQUIRES_OK(context, checkGradients(context, {ofScale_, ofUnit_, unit.beta != nullptr}));
    const long long n = x.NumElements(), count = scale.NumElements();
    Tensor *dx = nullptr, partial, ofScale;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    cuda::SumsPlan plan{};
    long long partialSize = 0;
    OP_REQUIRES_OK(context, toStatus(cuda::planNormalize(n, count, &plan, &partialSize)));
    OP_REQUIRES_OK(context, context->allocate_temp(DT_FLOAT, TensorShape({partialSize}), &partial));
    // dx needs these two also where nobody asks for them.
    OP_REQUIRES_OK(context, context->allocate_temp(DT_FLOAT, TensorShape({2, count}), &ofScale));
    cuda::DeviceChannelGradients gradients = {data(&ofScale), data(&ofScale) + count, nullptr, nullptr};
    int next = 1;
    const auto give = [&](float *&gradient) {
      Tensor *output = nullptr;
      OP_REQUIRES_OK(context, context->allocate_output(next++, TensorShape({count}), &output));
      gradient = data(output);
    };
    if (ofScale_) give(gradients.dscale);
    if (ofScale_) give(gradients.doffset);
    if (ofUnit_) give(gradients.dbeta);
    if (ofUnit_) give(gradients.dcoeff);
    if (!context->status().ok()) return;
    const cuda::DeviceChannels channels = {
        count, data(statistics), data(scale), data(offset), unit.values(unit.beta), unit.values(unit.coeff), epsilon_};
    OP_REQUIRES_OK(context, toStatus(cuda::launchNormalizeGrad(streamOf(context), plan, data(x), data(dy), data(dx), n,
                                                               channels, data(&partial), gradients)));
  }
};

REGISTER_KERNEL_BUILDER(Name("CtuNormalize").Device(DEVICE_GPU), NormalizeGpuKernel);
REGISTER_KERNEL_BUILDER(Name("CtuNormalizeGrad").Device(DEVICE_GPU), NormalizeGradGpuKernel);

} // namespace
} // namespace ctu
