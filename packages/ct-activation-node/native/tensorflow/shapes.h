// What the ops' inputs must look like, checked before any kernel runs on them.
#pragma once
#include "tensorflow/core/framework/op_kernel.h"

namespace ctu {

inline tensorflow::Status checkParameter(const char *name, const tensorflow::Tensor &parameter,
                                         const tensorflow::Tensor &x) {
  bool fits = parameter.dims() <= x.dims();
  for (int i = 1; fits && i <= parameter.dims(); i++)
    fits = parameter.dim_size(parameter.dims() - i) == x.dim_size(x.dims() - i);
  if (fits) return tensorflow::Status();
  return tensorflow::errors::InvalidArgument("Ctu: the shape of ", name, " must be a suffix of the shape of x, got ",
                                             name, " ", parameter.shape().DebugString(), " and x ",
                                             x.shape().DebugString());
}

inline tensorflow::Status checkParameters(const tensorflow::Tensor &x, const tensorflow::Tensor &beta,
                                          const tensorflow::Tensor &coeff) {
  tensorflow::Status status = checkParameter("beta", beta, x);
  return status.ok() ? checkParameter("coeff", coeff, x) : status;
}

inline tensorflow::Status checkGradient(const tensorflow::Tensor &dy, const tensorflow::Tensor &x) {
  if (dy.shape() == x.shape()) return tensorflow::Status();
  return tensorflow::errors::InvalidArgument("Ctu: dy must have the shape of x, got dy ", dy.shape().DebugString(),
                                             " and x ", x.shape().DebugString());
}

} // namespace ctu
