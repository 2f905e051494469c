// What NVIDIA's compute-sanitizer finds on a card, in kernels that the emulated driver runs. They are compiled with
// -fsanitize=thread, by which compilers call a function at every access to memory; these functions are in sanitizer.cc,
// in place of ThreadSanitizer's own.
//
// - memcheck: an access outside of the card's memory that was allocated, of shared memory and of the thread's stack.
// - initcheck: a read of what neither host nor kernel has written; shared memory begins anew with each block.
// - racecheck: two threads at one address, one of them writing, with no barrier between. Those of two blocks never have
//   one.
// - synccheck: a thread that ends while others of its block wait at a barrier.
#pragma once
#include <cstddef>
#include <string>

namespace sanitizer {

// The card's memory, and what the host writes there.
void allocated(const void *at, size_t bytes);
void freed(const void *at);
void written(const void *at, size_t bytes);
// All shared memory of all kernels.
void shared(const void *begin, const void *end);

void launched(const char *kernel);

// A thread of the kernel that was launched last: how many barriers it has passed, and memory that is its own.
struct Thread {
  unsigned block, thread, barriers;
  const char *stack;
  size_t stackBytes;
};
// Between these two, accesses are the thread's.
void enter(const Thread &thread);
void leave();

void endedEarly(const Thread &thread);

// The first fault, or empty.
const std::string &problem();

} // namespace sanitizer
