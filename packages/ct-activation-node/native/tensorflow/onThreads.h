// Kernels on TensorFlow's own threads.
#pragma once
#include <atomic>

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/util/work_sharder.h"

namespace ctu {

// Does all units of a pass. The scheduler decides by the cost, in cycles, whether more than one thread pays, and would
// give each an equal share at once. They take unit by unit instead: who wakes late, or is interrupted, does fewer.
template <class Pass>
void runOnThreads(tensorflow::OpKernelContext *context, Pass &pass, int64_t cyclesPerElement) {
  const auto *threads = context->device()->tensorflow_cpu_worker_threads();
  std::atomic<int64_t> next{0};
  tensorflow::Shard(threads->num_threads, threads->workers, pass.units(), cyclesPerElement * pass.unitSize(),
                    [&pass, &next](int64_t, int64_t) {
                      for (int64_t unit; (unit = next.fetch_add(1, std::memory_order_relaxed)) < pass.units();)
                        pass.run(unit, unit + 1);
                    });
}

} // namespace ctu
