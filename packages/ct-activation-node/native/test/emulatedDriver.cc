// A libcuda.so.1 that runs ctu.cu on the CPU, for tests without a GPU: what is checked is all of the kernels' logic and
// arithmetic, how they are launched, and the program that checks them on a real card. What is not: whether the machine
// code runs, and speed.
//
// Every CUDA thread of a block is a fiber of its own; __syncthreads lets the others go first. Blocks run one after the
// other, so that __shared__ may be static. Powers of two and divisions err as a card's may. sanitizer.h watches what
// the kernels access; where it finds a fault the next call that waits fails, as on a card.
//
// EMULATED_MAJOR is the compute capability to pose as; EMULATED_WITHOUT=sums.h:47 leaves out the barrier of that line,
// which the sanitizer must notice.
#include <ucontext.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sanitizer.h"

// Neither watched nor part of what is.
#define UNWATCHED __attribute__((noinline, no_sanitize("thread")))
// From the linker: where variables without a first value are, __shared__ ones among them.
extern "C" __attribute__((visibility("hidden"))) char __bss_start[], _end[];

namespace {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};
// With a first value, they are not among __shared__ variables.
Index threadIdx{1}, blockIdx{1}, blockDim{1}, gridDim{1};

// The scheduler and the fiber that runs.
ucontext_t scheduler;
ucontext_t *current = nullptr;
std::function<void()> kernelBody;
bool finished = false;
sanitizer::Thread thread;

const char *const leftOut = std::getenv("EMULATED_WITHOUT");
bool isLeftOut(const char *file, int line) {
  if (leftOut == nullptr) return false;
  const char *name = std::strrchr(file, '/');
  return leftOut == std::string(name == nullptr ? file : name + 1) + ":" + std::to_string(line);
}
UNWATCHED void barrier(const char *file, int line) {
  sanitizer::leave();
  if (!isLeftOut(file, line)) swapcontext(current, &scheduler);
  sanitizer::enter(thread);
}
#define __syncthreads() barrier(__FILE__, __LINE__)

void fiberMain() {
  kernelBody();
  finished = true;
  swapcontext(current, &scheduler);
}

unsigned __float_as_uint(float a) {
  unsigned bits;
  std::memcpy(&bits, &a, sizeof bits);
  return bits;
}
float __uint_as_float(unsigned bits) {
  float a;
  std::memcpy(&a, &bits, sizeof a);
  return a;
}

// What a card is told to be good to: 2^a to 2^-22, a quotient to 2 ulp. The error is drawn from the bits of the
// argument, so that it is the same wherever an element is computed.
float erring(float exact, float argument, float error) {
  const unsigned bits = __float_as_uint(argument) * 2654435761u;
  return exact * (1.0f + error * (static_cast<float>(bits >> 8) / 8388608.0f - 1.0f));
}
float exp2Of(float a) { return a < -126.0f ? 0.0f : erring(std::exp2(a), a, 0x1p-22f); }
float __fdividef(float a, float b) { return erring(a / b, a + b, 0x1p-23f); }
float __frsqrt_rn(float a) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(a))); }

#define __launch_bounds__(...)
#define __device__
#define __forceinline__ inline
#define __global__
#define __shared__ static
#include "../cuda/ctu.cu"

constexpr size_t kStackBytes = 32768;
std::vector<char> stacks;

// Runs the fibers of one block from barrier to barrier. All must reach the same number of barriers.
void runBlock(unsigned threads) {
  if (stacks.size() < threads * kStackBytes) stacks.resize(threads * kStackBytes);
  std::vector<ucontext_t> fibers(threads);
  for (unsigned t = 0; t < threads; t++) {
    getcontext(&fibers[t]);
    fibers[t].uc_stack.ss_sp = stacks.data() + t * kStackBytes;
    fibers[t].uc_stack.ss_size = kStackBytes;
    fibers[t].uc_link = nullptr;
    makecontext(&fibers[t], fiberMain, 0);
  }
  const unsigned block = blockIdx.y * gridDim.x + blockIdx.x;
  for (unsigned barriers = 0, ended = 0; ended == 0; barriers++) {
    for (unsigned t = 0; t < threads; t++) {
      threadIdx = {t % blockDim.x, t / blockDim.x, 0};
      thread = {block, t, barriers, stacks.data() + t * kStackBytes, kStackBytes};
      current = &fibers[t];
      finished = false;
      swapcontext(&scheduler, current);
      ended += finished;
    }
    if (ended > 0 && ended < threads) sanitizer::endedEarly(thread);
  }
}

// Calls a kernel with arguments as cuLaunchKernel gets them: pointers to each.
template <class... Parameters, size_t... indices>
UNWATCHED void call(void (*kernel)(Parameters...), void **arguments, std::index_sequence<indices...>) {
  sanitizer::enter(thread);
  kernel(*static_cast<std::remove_reference_t<Parameters> *>(arguments[indices])...);
  sanitizer::leave();
}
template <class... Parameters>
std::function<void(void **)> caller(void (*kernel)(Parameters...)) {
  return [kernel](void **arguments) { call(kernel, arguments, std::index_sequence_for<Parameters...>{}); };
}

struct Function {
  const char *name;
  std::function<void(void **)> call;
};
#define CTU_KERNEL(name) \
  { #name, caller(name) }
Function functions[] = {CTU_KERNEL(ctuValue),
                        CTU_KERNEL(ctuSlope),
                        CTU_KERNEL(ctuSlopes),
                        CTU_KERNEL(ctuFormValue),
                        CTU_KERNEL(ctuFormSlope),
                        CTU_KERNEL(ctuFormSlopes),
                        CTU_KERNEL(ctuSum),
                        CTU_KERNEL(ctuMoments),
                        CTU_KERNEL(ctuStatistics),
                        CTU_KERNEL(ctuNormalize),
                        CTU_KERNEL(ctuNormalizeUnit),
                        CTU_KERNEL(ctuNormalizeSums),
                        CTU_KERNEL(ctuNormalizeUnitSums),
                        CTU_KERNEL(ctuNormalizeAllSums),
                        CTU_KERNEL(ctuNormalizeInput)};

// The capability to pose as: which binary is loaded depends on it.
int capability(const char *variable, int otherwise) {
  const char *text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Few, so that small tensors, too, are walked in several steps.
constexpr int kMultiprocessors = 2;
constexpr int kInvalidValue = 1, kInvalidImage = 200, kNotFound = 500, kLaunchFailed = 719;
int context;
const char *loadedImage = nullptr;

} // namespace

extern "C" {

int cuInit(unsigned) {
  sanitizer::shared(__bss_start, _end);
  for (const Index *of : {&threadIdx, &blockIdx, &blockDim, &gridDim}) {
    sanitizer::allocated(of, sizeof *of);
    sanitizer::written(of, sizeof *of);
  }
  return 0;
}
int cuDriverGetVersion(int *version) { return *version = 12020, 0; }
int cuDeviceGet(int *device, int) { return *device = 0, 0; }
int cuDeviceGetName(char *name, int size, int) { return std::snprintf(name, size, "CPU emulation, not a GPU"), 0; }
int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75 ? capability("EMULATED_MAJOR", 9) : attribute == 76 ? 0 : kMultiprocessors;
  return 0;
}
int cuDevicePrimaryCtxRetain(void **made, int) { return *made = &context, 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuCtxGetCurrent(void **of) { return *of = &context, 0; }
int cuCtxGetDevice(int *device) { return *device = 0, 0; }
int cuCtxSynchronize() { return sanitizer::problem().empty() ? 0 : kLaunchFailed; }
int cuGetErrorString(int code, const char **text) {
  *text = code == kInvalidImage   ? "invalid image"
          : code == kNotFound     ? "not found"
          : code == kLaunchFailed ? sanitizer::problem().c_str()
                                  : "invalid value";
  return 0;
}

// A cubin is an ELF file, PTX is text; each must be what the capability asks for.
int cuModuleLoadData(void **module, const void *image) {
  loadedImage = static_cast<const char *>(image);
  const bool isCubin = std::memcmp(loadedImage,
                                   "\x7f"
                                   "ELF",
                                   4) == 0;
  const int major = capability("EMULATED_MAJOR", 9);
  if (isCubin != (major == 8 || major == 9)) return kInvalidImage;
  // PTX ends with a zero, and begins with a comment.
  if (!isCubin && (std::strstr(loadedImage, ".target sm_60") == nullptr || std::strlen(loadedImage) < 1000))
    return kInvalidImage;
  // e_flags of the ELF header hold the architecture.
  if (isCubin && (static_cast<unsigned char>(loadedImage[48]) != static_cast<unsigned>(10 * major)))
    return kInvalidImage;
  *module = &context;
  return 0;
}
int cuModuleGetFunction(void **function, void *, const char *name) {
  for (Function &of : functions)
    if (std::strcmp(of.name, name) == 0) return *function = &of, 0;
  return kNotFound;
}
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned, void *, void **arguments, void **) {
  // The real driver's limits.
  if (gridX == 0 || gridY == 0 || gridZ != 1 || gridY > 65535 || blockX * blockY == 0 || blockX * blockY > 1024 ||
      blockZ != 1)
    return kInvalidValue;
  gridDim = {gridX, gridY, 1};
  blockDim = {blockX, blockY, 1};
  kernelBody = [&] { static_cast<Function *>(function)->call(arguments); };
  sanitizer::launched(static_cast<Function *>(function)->name);
  for (blockIdx.y = 0; blockIdx.y < gridY; blockIdx.y++)
    for (blockIdx.x = 0; blockIdx.x < gridX; blockIdx.x++) runBlock(blockX * blockY);
  return 0;
}

// Of a card that holds three images.
int cuMemGetInfo_v2(size_t *free, size_t *total) { return *free = *total = 10'000'000, 0; }
// Aligned as on a card.
int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
  void *made = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  sanitizer::allocated(made, bytes);
  return *address = reinterpret_cast<unsigned long long>(made), 0;
}
int cuMemFree_v2(unsigned long long address) {
  sanitizer::freed(reinterpret_cast<void *>(address));
  return std::free(reinterpret_cast<void *>(address)), 0;
}
int cuMemcpyHtoD_v2(unsigned long long to, const void *from, size_t bytes) {
  sanitizer::written(reinterpret_cast<void *>(to), bytes);
  return std::memcpy(reinterpret_cast<void *>(to), from, bytes), 0;
}
int cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  return std::memcpy(to, reinterpret_cast<void *>(from), bytes), cuCtxSynchronize();
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t bytes, void *) {
  sanitizer::written(reinterpret_cast<void *>(to), bytes);
  return std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes), 0;
}

// A clock that is the host's.
int cuEventCreate(void **event, unsigned) { return *event = new std::chrono::steady_clock::time_point, 0; }
int cuEventDestroy_v2(void *event) { return delete static_cast<std::chrono::steady_clock::time_point *>(event), 0; }
int cuEventRecord(void *event, void *) {
  return *static_cast<std::chrono::steady_clock::time_point *>(event) = std::chrono::steady_clock::now(), 0;
}
int cuEventSynchronize(void *) { return 0; }
int cuEventElapsedTime(float *milliseconds, void *begin, void *end) {
  const auto at = [](void *event) { return *static_cast<std::chrono::steady_clock::time_point *>(event); };
  return *milliseconds = std::chrono::duration<float, std::milli>(at(end) - at(begin)).count(), 0;
}

} // extern "C"
