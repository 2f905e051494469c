// The attributes of the ops, which their kernels for CPUs and for cards read alike.
#pragma once
#include "../cpu/pass.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace ctu {

// A kernel of phi itself where its op has no attributes.
class FormKernel : public tensorflow::OpKernel {
 public:
  explicit FormKernel(tensorflow::OpKernelConstruction *construction)
      : OpKernel(construction), hasForm_(construction->HasAttr("maxValue")) {
    if (!hasForm_) return;
    OP_REQUIRES_OK(construction, construction->GetAttr("maxValue", &form_.maxValue));
    OP_REQUIRES_OK(construction, construction->GetAttr("alpha", &form_.alpha));
  }

 protected:
  const bool hasForm_;
  Form form_ = kPlain;
};

class EpsilonKernel : public tensorflow::OpKernel {
 public:
  explicit EpsilonKernel(tensorflow::OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
  }

 protected:
  float epsilon_;
};

// Of the gradients beside dx.
class WantedGradientsKernel : public EpsilonKernel {
 public:
  explicit WantedGradientsKernel(tensorflow::OpKernelConstruction *construction) : EpsilonKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("ofScale", &ofScale_));
    OP_REQUIRES_OK(construction, construction->GetAttr("ofUnit", &ofUnit_));
  }

 protected:
  bool ofScale_, ofUnit_;
};

} // namespace ctu
