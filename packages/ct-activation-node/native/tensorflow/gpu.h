// What the ops' kernels for TensorFlow's GPU devices share.
//
// No CUDA header or library is needed to compile this: launches go through cuda/driver.h.
#pragma once
#include "../cuda/launch.h"
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

using tensorflow::DEVICE_GPU;
using tensorflow::DT_FLOAT;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;

inline tensorflow::Status toStatus(const std::string &problem) {
  return problem.empty() ? tensorflow::Status() : tensorflow::errors::Internal("Ctu: ", problem);
}

// The CUDA stream that TensorFlow has queued the inputs' computation on.
inline cuda::Stream streamOf(OpKernelContext *context) {
  auto *stream = context->op_device_context()->stream();
#if TF_MAJOR_VERSION == 2 && TF_MINOR_VERSION < 15
  return static_cast<cuda::Stream>(stream->implementation()->GpuStreamHack());
#else
  return static_cast<cuda::Stream>(stream->platform_specific_handle().stream);
#endif
}

inline const float *data(const Tensor &t) { return t.flat<float>().data(); }
inline float *data(Tensor *t) { return t->flat<float>().data(); }

} // namespace ctu
