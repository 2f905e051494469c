// The part of the CUDA driver API that the kernels need, loaded on first use: nothing here links to CUDA, so that the
// library also loads where there is none.
#pragma once
#include <cstddef>
#include <string>

namespace ctu {
namespace cuda {

// The driver's handles and codes, as its ABI has them.
using Context = struct CUctx_st *;
using Module = struct CUmod_st *;
using Function = struct CUfunc_st *;
using Stream = struct CUstream_st *;
using Device = int;
using Result = int;

struct Driver {
  Result (*init)(unsigned flags);
  Result (*contextGetCurrent)(Context *context);
  Result (*contextGetDevice)(Device *device);
  Result (*deviceGetAttribute)(int *value, int attribute, Device device);
  Result (*moduleLoadData)(Module *module, const void *image);
  Result (*moduleGetFunction)(Function *function, Module module, const char *name);
  Result (*launchKernel)(Function function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                         unsigned blockY, unsigned blockZ, unsigned sharedBytes, Stream stream, void **arguments,
                         void **extra);
  Result (*getErrorString)(Result code, const char **text);
  // For dlsym of other functions.
  void *library;
};

// The driver, or null where there is none.
const Driver *driver();
// Why not, or null where there is one.
const char *driverProblem();
// Empty for 0, else what was being done and the driver's words for the code.
std::string describe(const Driver &driver, const char *what, Result code);

// The kernels of ctu.cu.
enum Kernel {
  kValue,
  kSlope,
  kSlopes,
  kFormValue,
  kFormSlope,
  kFormSlopes,
  kSum,
  kMoments,
  kStatistics,
  kNormalize,
  kNormalizeUnit,
  kNormalizeSums,
  kNormalizeUnitSums,
  kNormalizeAllSums,
  kNormalizeInput,
  kKernels
};
constexpr const char *kKernelNames[kKernels] = {"ctuValue",
                                                "ctuSlope",
                                                "ctuSlopes",
                                                "ctuFormValue",
                                                "ctuFormSlope",
                                                "ctuFormSlopes",
                                                "ctuSum",
                                                "ctuMoments",
                                                "ctuStatistics",
                                                "ctuNormalize",
                                                "ctuNormalizeUnit",
                                                "ctuNormalizeSums",
                                                "ctuNormalizeUnitSums",
                                                "ctuNormalizeAllSums",
                                                "ctuNormalizeInput"};

// Loaded into a context.
struct Kernels {
  Function functions[kKernels];
  // Which binary they come from: "sm_80", "sm_90" or "ptx".
  const char *image;
  // Of the card.
  int multiprocessors;
};

// Those of the current context, loaded on first use. Returns empty, or what went wrong.
std::string kernelsOfCurrentContext(Kernels *kernels);

} // namespace cuda
} // namespace ctu
