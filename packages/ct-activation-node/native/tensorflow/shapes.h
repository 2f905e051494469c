// What the ops' inputs must look like, checked before any kernel runs on them.
#pragma once
#include <initializer_list>
#include <utility>

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

// Of batch normalisation: x has entries, and the others are one number a channel.
inline tensorflow::Status checkChannels(
    const tensorflow::Tensor &x,
    std::initializer_list<std::pair<const char *, const tensorflow::Tensor *>> parameters) {
  if (x.dims() == 0 || x.NumElements() == 0)
    return tensorflow::errors::InvalidArgument("CtuNormalize: x must have entries to normalise, got shape ",
                                               x.shape().DebugString());
  const tensorflow::TensorShape expected({x.dim_size(x.dims() - 1)});
  for (const auto &[name, t] : parameters)
    if (t->shape() != expected)
      return tensorflow::errors::InvalidArgument("CtuNormalize: ", name, " must be ", expected.DebugString(), ", got ",
                                                 t->shape().DebugString());
  return tensorflow::Status();
}

// The last inputs of an op of batch normalisation: beta and coeff, both null where there is no unit.
struct UnitInputs {
  int count;
  const tensorflow::Tensor *beta = nullptr, *coeff = nullptr;

  static const float *values(const tensorflow::Tensor *of) {
    return of == nullptr ? nullptr : of->flat<float>().data();
  }
};
inline UnitInputs unitInputs(tensorflow::OpKernelContext *context, int first) {
  const int count = context->num_inputs() - first;
  if (count != 2) return {count};
  return {count, &context->input(first), &context->input(first + 1)};
}
inline tensorflow::Status checkUnit(const UnitInputs &unit, const tensorflow::Tensor &x) {
  if (unit.count == 0) return tensorflow::Status();
  if (unit.count != 2)
    return tensorflow::errors::InvalidArgument("CtuNormalize: unit must be beta and coeff, or nothing, got ",
                                               unit.count);
  return checkChannels(x, {{"beta", unit.beta}, {"coeff", unit.coeff}});
}

// Which gradients beside dx are wanted of one.
struct WantedGradients {
  bool ofScale, ofUnit, hasUnit;
};
inline tensorflow::Status checkGradients(tensorflow::OpKernelContext *context, const WantedGradients &wanted) {
  const tensorflow::Tensor &dy = context->input(0), &x = context->input(1), &statistics = context->input(2);
  if (dy.shape() != x.shape() || statistics.shape() != tensorflow::TensorShape({2, x.dim_size(x.dims() - 1)}))
    return tensorflow::errors::InvalidArgument(
        "CtuNormalize: dy must have the shape of x, and statistics [2, channels]");
  const auto &[ofScale, ofUnit, hasUnit] = wanted;
  if (context->num_outputs() == 1 + 2 * ofScale + 2 * ofUnit && (hasUnit || !ofUnit)) return tensorflow::Status();
  return tensorflow::errors::InvalidArgument(
      "CtuNormalize: G must be the number of gradients that ofScale and ofUnit ask for");
}

} // namespace ctu
