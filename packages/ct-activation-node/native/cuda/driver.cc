#include "driver.h"

#include <dlfcn.h>

#include <map>
#include <mutex>
#include <type_traits>

// The binaries of binaries/, in this library.
#define CTU_EMBED(symbol, file)                                                                    \
  asm(".pushsection .rodata\n.balign 64\n.type " #symbol ",@object\n" #symbol ":\n.incbin \"" file \
      "\"\n"                                                                                       \
      ".byte 0\n.size " #symbol ",.-" #symbol "\n.popsection\n");                                  \
  extern "C" __attribute__((visibility("hidden"))) const char symbol[];
CTU_EMBED(ctuImageSm80, "ctu.sm_80.cubin")
CTU_EMBED(ctuImageSm90, "ctu.sm_90.cubin")
CTU_EMBED(ctuImagePtx, "ctu.ptx")

namespace ctu {
namespace cuda {
namespace {

struct Loaded {
  Driver driver{};
  std::string problem;
};

Loaded load() {
  Loaded loaded;
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    loaded.problem = "libcuda.so.1, the driver of NVIDIA cards, is not there";
    return loaded;
  }
  Driver &driver = loaded.driver;
  driver.library = library;
  const auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr) loaded.problem = std::string("libcuda.so.1 has no ") + name;
  };
  find(driver.init, "cuInit");
  find(driver.contextGetCurrent, "cuCtxGetCurrent");
  find(driver.contextGetDevice, "cuCtxGetDevice");
  find(driver.deviceGetAttribute, "cuDeviceGetAttribute");
  find(driver.moduleLoadData, "cuModuleLoadData");
  find(driver.moduleGetFunction, "cuModuleGetFunction");
  find(driver.launchKernel, "cuLaunchKernel");
  find(driver.getErrorString, "cuGetErrorString");
  if (loaded.problem.empty()) loaded.problem = describe(driver, "cuInit", driver.init(0));
  return loaded;
}

const Loaded &loadedOnce() {
  // Never destroyed: the driver may outlive the statics.
  static const Loaded *loaded = new Loaded(load());
  return *loaded;
}

std::string loadInto(Kernels *kernels, const Driver &driver) {
  constexpr int kMultiprocessors = 16, kComputeCapabilityMajor = 75;
  Device device = 0;
  int major = 0;
  std::string problem = describe(driver, "cuCtxGetDevice", driver.contextGetDevice(&device));
  const auto read = [&](int *value, int attribute) {
    if (problem.empty())
      problem = describe(driver, "cuDeviceGetAttribute", driver.deviceGetAttribute(value, attribute, device));
  };
  read(&major, kComputeCapabilityMajor);
  read(&kernels->multiprocessors, kMultiprocessors);
  if (!problem.empty()) return problem;

  // A cubin runs on later cards of the same major number; PTX is compiled by the driver for all others.
  kernels->image = major == 8 ? "sm_80" : major == 9 ? "sm_90" : "ptx";
  Module module = nullptr;
  problem = describe(driver, "cuModuleLoadData",
                     driver.moduleLoadData(&module, major == 8   ? ctuImageSm80
                                                    : major == 9 ? ctuImageSm90
                                                                 : ctuImagePtx));
  for (int k = 0; k < kKernels && problem.empty(); k++)
    problem =
        describe(driver, kKernelNames[k], driver.moduleGetFunction(&kernels->functions[k], module, kKernelNames[k]));
  return problem;
}

} // namespace

const Driver *driver() { return loadedOnce().problem.empty() ? &loadedOnce().driver : nullptr; }

const char *driverProblem() { return loadedOnce().problem.empty() ? nullptr : loadedOnce().problem.c_str(); }

std::string describe(const Driver &driver, const char *what, Result code) {
  if (code == 0) return "";
  const char *text = nullptr;
  if (driver.getErrorString != nullptr) driver.getErrorString(code, &text);
  return std::string(what) + ": " + (text != nullptr ? text : "CUDA error") + " (" + std::to_string(code) + ")";
}

std::string kernelsOfCurrentContext(Kernels *kernels) {
  const Driver *driver = cuda::driver();
  if (driver == nullptr) return driverProblem();
  Context context = nullptr;
  std::string problem = describe(*driver, "cuCtxGetCurrent", driver->contextGetCurrent(&context));
  if (!problem.empty()) return problem;
  if (context == nullptr) return "no CUDA context is current";

  static std::mutex mutex;
  static std::map<Context, Kernels> loaded;
  const std::lock_guard<std::mutex> lock(mutex);
  auto found = loaded.find(context);
  if (found == loaded.end()) {
    problem = loadInto(kernels, *driver);
    if (!problem.empty()) return problem;
    found = loaded.emplace(context, *kernels).first;
  }
  *kernels = found->second;
  return "";
}

} // namespace cuda
} // namespace ctu
