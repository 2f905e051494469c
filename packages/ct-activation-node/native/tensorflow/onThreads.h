// Kernels on TensorFlow's own threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <memory>

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/platform/notification.h"

namespace ctu {

// Cycles for which it pays to wake another thread.
constexpr int64_t kCyclesPerThread = 100000;

// Does all units of a pass, of a cost in cycles, on this thread and on others that it wakes. Each takes unit by unit:
// who wakes late, or is interrupted, does fewer. Waited for are the units that others have begun, not the others: one
// that wakes after the last unit has been taken finds nothing to do, and touches nothing but the count.
template <class Pass>
void runOnThreads(tensorflow::OpKernelContext *context, Pass &pass, int64_t cyclesPerElement) {
  struct Shared {
    std::atomic<int64_t> next{0}, done{0};
    tensorflow::Notification all;
  };
  const int64_t units = pass.units();
  if (units == 0) return;
  const auto shared = std::make_shared<Shared>();
  const auto work = [shared, units, &pass] {
    for (int64_t unit; (unit = shared->next.fetch_add(1, std::memory_order_relaxed)) < units;) {
      pass.run(unit, unit + 1);
      if (shared->done.fetch_add(1, std::memory_order_acq_rel) + 1 == units) shared->all.Notify();
    }
  };
  const auto *threads = context->device()->tensorflow_cpu_worker_threads();
  const int64_t cycles = cyclesPerElement * pass.unitSize() * units;
  const int64_t wanted = std::min({int64_t{threads->num_threads}, units, cycles / kCyclesPerThread + 1});
  for (int64_t k = 1; k < wanted; k++) threads->workers->Schedule(work);
  work();
  shared->all.WaitForNotification();
}

} // namespace ctu
