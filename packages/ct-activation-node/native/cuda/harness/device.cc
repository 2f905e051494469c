#include "device.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace device {
namespace {

using ctu::cuda::Context;
using ctu::cuda::Device;
using ctu::cuda::Result;

// Calls a function of the driver that the kernels themselves do not need.
template <class... Arguments>
void call(const char *name, Arguments... arguments) {
  const auto *driver = ctu::cuda::driver();
  auto *function = reinterpret_cast<Result (*)(Arguments...)>(dlsym(driver->library, name));
  if (function == nullptr) fail(std::string("libcuda.so.1 has no ") + name);
  require(ctu::cuda::describe(*driver, name, function(arguments...)));
}

} // namespace

void fail(const std::string &problem) {
  std::fprintf(stderr, "ctu-gpu-check: %s\n", problem.c_str());
  std::exit(1);
}

void require(const std::string &problem) {
  if (!problem.empty()) fail(problem);
}

Description open() {
  if (const char *problem = ctu::cuda::driverProblem()) {
    std::fprintf(stderr, "ctu-gpu-check: %s; run this on a machine with an NVIDIA card\n", problem);
    std::exit(2);
  }
  Device card = 0;
  Context context = nullptr;
  Description of{};
  char name[256] = {};
  call("cuDeviceGet", &card, 0);
  call("cuDeviceGetName", &name[0], 255, card);
  call("cuDriverGetVersion", &of.driverVersion);
  constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76;
  call("cuDeviceGetAttribute", &of.multiprocessors, kMultiprocessors, card);
  call("cuDeviceGetAttribute", &of.major, kMajor, card);
  call("cuDeviceGetAttribute", &of.minor, kMinor, card);
  call("cuDevicePrimaryCtxRetain", &context, card);
  call("cuCtxSetCurrent", context);
  of.name = name;
  return of;
}

size_t freeBytes() {
  size_t free = 0, total = 0;
  call("cuMemGetInfo_v2", &free, &total);
  return free;
}

void synchronize() { call("cuCtxSynchronize"); }

Floats::Floats(size_t size) : size_(size) { call("cuMemAlloc_v2", &address_, (size == 0 ? 1 : size) * sizeof(float)); }

Floats::Floats(const std::vector<float> &values) : Floats(values.size()) {
  if (!values.empty())
    call("cuMemcpyHtoD_v2", address_, static_cast<const void *>(values.data()), values.size() * sizeof(float));
}

Floats::~Floats() { call("cuMemFree_v2", address_); }

std::vector<float> Floats::read(size_t size, size_t from) const {
  std::vector<float> values(size);
  if (size > 0)
    call("cuMemcpyDtoH_v2", static_cast<void *>(values.data()), address_ + from * sizeof(float), size * sizeof(float));
  return values;
}

void Floats::repeat(const std::vector<float> &values) const {
  const Floats once(values);
  for (size_t from = 0; from < size_; from += values.size())
    call("cuMemcpyDtoDAsync_v2", address_ + from * sizeof(float), once.address_,
         std::min(values.size(), size_ - from) * sizeof(float), static_cast<void *>(nullptr));
  synchronize();
}

void Floats::copyTo(const Floats &other, size_t size) const {
  call("cuMemcpyDtoDAsync_v2", other.address_, address_, size * sizeof(float), static_cast<void *>(nullptr));
}

Clock::Clock() {
  call("cuEventCreate", &begin_, 0u);
  call("cuEventCreate", &end_, 0u);
}

Clock::~Clock() {
  call("cuEventDestroy_v2", begin_);
  call("cuEventDestroy_v2", end_);
}

void Clock::start() { call("cuEventRecord", begin_, static_cast<void *>(nullptr)); }

float Clock::stopMilliseconds() {
  float milliseconds = 0;
  call("cuEventRecord", end_, static_cast<void *>(nullptr));
  call("cuEventSynchronize", end_);
  call("cuEventElapsedTime", &milliseconds, begin_, end_);
  return milliseconds;
}

} // namespace device
