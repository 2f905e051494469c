// Launches the kernels of ctu.cu on a stream of the current context. All pointers are the device's. Functions return
// empty, or what went wrong.
#pragma once
#include <string>

#include "driver.h"

namespace ctu {
namespace cuda {

// Element i of the tensor belongs to element i mod size; size divides the number of elements.
struct DeviceParameter {
  const float *values;
  long long size;
};

std::string launchValue(Stream stream, const float *x, float *y, long long n, DeviceParameter beta,
                        DeviceParameter coeff);
std::string launchSlope(Stream stream, const float *x, const float *dy, float *dx, long long n, DeviceParameter beta,
                        DeviceParameter coeff);

// How ctuSlopes divides a tensor, and the terms of each element of a gradient; see there.
struct SlopesPlan {
  long long width, columns;
  unsigned blocks, splits;
  long long dbetaTerms, dcoeffTerms;
  // Floats of scratch memory that launchSlopes wants lent.
  long long partialSize;
};
std::string planSlopes(long long n, long long betas, long long coeffs, SlopesPlan *plan);

// dx, and the sums dbeta and dcoeff of the parameters' sizes, in a fixed order: the same on every run. n = 0 gives sums
// of zero.
std::string launchSlopes(Stream stream, const SlopesPlan &plan, const float *x, const float *dy, float *dx, long long n,
                         DeviceParameter beta, DeviceParameter coeff, float *partial, float *dbeta, float *dcoeff);

} // namespace cuda
} // namespace ctu
