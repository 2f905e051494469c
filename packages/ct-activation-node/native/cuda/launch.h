// Launches the kernels of ctu.cu on a stream of the current context. All pointers are the device's. Functions return
// empty, or what went wrong.
#pragma once
#include <string>

#include "../form.h"
#include "driver.h"

namespace ctu {
namespace cuda {

// Element i of the tensor belongs to element i mod size; size divides the number of elements.
struct DeviceParameter {
  const float *values;
  long long size;
};

// The unit: its parameters, and its form, null for phi itself.
struct DeviceUnit {
  DeviceParameter beta, coeff;
  const Form *form = nullptr;
};

std::string launchValue(Stream stream, const float *x, float *y, long long n, const DeviceUnit &unit);
std::string launchSlope(Stream stream, const float *x, const float *dy, float *dx, long long n, const DeviceUnit &unit);

// How sums over the rows of a tensor divide it; see sums.h.
struct SumsPlan {
  long long width, columns;
  unsigned blocks, splits;

  // Terms of each element of a parameter.
  long long terms(long long size) const;
};
// Of parameters that all begin anew after `period` elements.
std::string planSums(long long n, long long period, SumsPlan *plan);

// Of a unit's sums.
struct SlopesPlan : SumsPlan {
  long long dbetaTerms, dcoeffTerms;
  // Floats of scratch memory that launchSlopes wants lent.
  long long partialSize;
};
std::string planSlopes(long long n, long long betas, long long coeffs, SlopesPlan *plan);

// dx, and the sums dbeta and dcoeff of the parameters' sizes, in a fixed order: the same on every run. n = 0 gives sums
// of zero.
struct DeviceSlopes {
  float *dx, *dbeta, *dcoeff;
};
std::string launchSlopes(Stream stream, const SlopesPlan &plan, const float *x, const float *dy, long long n,
                         const DeviceUnit &unit, float *partial, const DeviceSlopes &slopes);

// Of batch normalisation, as in normalize.h; beta and coeff are null where there is no unit.
struct DeviceChannels {
  long long count;
  const float *statistics;
  const float *scale, *offset, *beta, *coeff;
  float epsilon;
};
struct DeviceChannelGradients {
  float *dscale, *doffset;
  // Null where these are not wanted.
  float *dbeta, *dcoeff;
};

// Floats of scratch memory, aligned to 8 bytes, that the next two want lent.
std::string planNormalize(long long n, long long channels, SumsPlan *plan, long long *partialSize);

// y, and [2, count] of statistics, which are channels.statistics too. For n > 0.
std::string launchNormalize(Stream stream, const SumsPlan &plan, const float *x, float *y, long long n,
                            const DeviceChannels &channels, float *partial, float *statistics);
// dx and the gradients, from the statistics of the forward pass.
std::string launchNormalizeGrad(Stream stream, const SumsPlan &plan, const float *x, const float *dy, float *dx,
                                long long n, const DeviceChannels &channels, float *partial,
                                const DeviceChannelGradients &gradients);

} // namespace cuda
} // namespace ctu
