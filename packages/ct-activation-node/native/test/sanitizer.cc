#include "sanitizer.h"

#include <algorithm>
#include <map>
#include <vector>

namespace sanitizer {
namespace {

// An access; launch 0 is none.
struct Access {
  unsigned launch = 0, block = 0, thread = 0, barriers = 0;
};

// Four bytes. Of reads the last one is kept, and the last before it of another thread: one of the two is in the way of
// a thread that writes if any is.
struct Cell {
  Access write, read, otherRead;
  bool isWritten = false;
};
constexpr size_t kCellBytes = 4;

struct Memory {
  size_t bytes;
  bool isShared;
  std::vector<Cell> cells;
};

// By where they begin. Never destroyed: the driver is used until the process ends.
auto &memories = *new std::map<const char *, Memory>;
std::string &firstProblem = *new std::string;

std::string kernelName;
unsigned launches = 0;
Thread now;
// Before anything else of this file is there, memory is accessed.
bool isWatching = false;

bool sameThread(const Access &a, const Access &b) { return a.block == b.block && a.thread == b.thread; }

void report(const std::string &what) {
  if (!firstProblem.empty()) return;
  // From here on nothing is; what follows copies text.
  isWatching = false;
  firstProblem = what + ", in " + kernelName + ", block " + std::to_string(now.block) + ", thread " +
                 std::to_string(now.thread) + " after " + std::to_string(now.barriers) + " barriers";
}

void add(const void *at, size_t bytes, bool isShared) {
  memories[static_cast<const char *>(at)] = {bytes, isShared, std::vector<Cell>((bytes + kCellBytes - 1) / kCellBytes)};
}

void touch(Cell &cell, bool isShared, bool writes) {
  const Access access{launches, now.block, now.thread, now.barriers};
  const auto inBlock = [&](const Access &other) { return other.launch == launches && other.block == now.block; };
  if (isShared && !inBlock(cell.write)) cell.isWritten = false;
  const auto meets = [&](const Access &other) {
    if (other.launch != launches || sameThread(other, access)) return false;
    return inBlock(other) ? other.barriers == access.barriers : !isShared;
  };
  if (meets(cell.write)) report(writes ? "racecheck: two threads write" : "racecheck: read beside a write");
  if (!writes) {
    if (!cell.isWritten) report("initcheck: read before it is written");
    if (!sameThread(cell.read, access)) cell.otherRead = cell.read;
    cell.read = access;
    return;
  }
  if (meets(cell.read) || meets(cell.otherRead)) report("racecheck: write beside a read");
  cell.write = access;
  cell.isWritten = true;
}

void access(const void *at, size_t bytes, bool writes) {
  if (!isWatching) return;
  const char *begin = static_cast<const char *>(at), *end = begin + bytes;
  if (begin >= now.stack && end <= now.stack + now.stackBytes) return;
  auto found = memories.upper_bound(begin);
  if (found == memories.begin() || end > (--found)->first + found->second.bytes)
    return report(writes ? "memcheck: write out of bounds" : "memcheck: read out of bounds");
  auto &[from, memory] = *found;
  for (size_t cell = (begin - from) / kCellBytes; cell * kCellBytes < static_cast<size_t>(end - from); cell++)
    touch(memory.cells[cell], memory.isShared, writes);
}

} // namespace

void allocated(const void *at, size_t bytes) { add(at, bytes, false); }
void shared(const void *begin, const void *end) {
  add(begin, static_cast<const char *>(end) - static_cast<const char *>(begin), true);
}
void freed(const void *at) { memories.erase(static_cast<const char *>(at)); }
void written(const void *at, size_t bytes) {
  const char *begin = static_cast<const char *>(at);
  auto found = memories.upper_bound(begin);
  if (found == memories.begin() || begin + bytes > (--found)->first + found->second.bytes)
    return report("memcheck: copy out of bounds");
  for (size_t cell = (begin - found->first) / kCellBytes; bytes > 0; cell++) {
    found->second.cells[cell].isWritten = true;
    bytes -= std::min(bytes, kCellBytes);
  }
}

void launched(const char *kernel) {
  kernelName = kernel;
  launches++;
}
void enter(const Thread &thread) {
  now = thread;
  isWatching = firstProblem.empty();
}
void leave() { isWatching = false; }
void endedEarly(const Thread &thread) {
  now = thread;
  report("synccheck: ends while others wait");
}

const std::string &problem() { return firstProblem; }

} // namespace sanitizer

// What compilers call.
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void **, void *) {}
void __tsan_vptr_read(void **) {}
void __tsan_read_range(void *at, unsigned long bytes) { sanitizer::access(at, bytes, false); }
void __tsan_write_range(void *at, unsigned long bytes) { sanitizer::access(at, bytes, true); }

#define ACCESS(bytes)                                                        \
  void __tsan_read##bytes(void *at) { sanitizer::access(at, bytes, false); } \
  void __tsan_write##bytes(void *at) { sanitizer::access(at, bytes, true); }
#define UNALIGNED(bytes)                                                               \
  void __tsan_unaligned_read##bytes(void *at) { sanitizer::access(at, bytes, false); } \
  void __tsan_unaligned_write##bytes(void *at) { sanitizer::access(at, bytes, true); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

// Compilers leave large copies to these; the driver's own come here too. Volatile, or they would be made to call
// themselves.
void *memcpy(void *to, const void *from, size_t bytes) {
  sanitizer::access(from, bytes, false);
  sanitizer::access(to, bytes, true);
  for (size_t i = 0; i < bytes; i++) static_cast<volatile char *>(to)[i] = static_cast<const char *>(from)[i];
  return to;
}
void *memset(void *to, int value, size_t bytes) {
  sanitizer::access(to, bytes, true);
  for (size_t i = 0; i < bytes; i++) static_cast<volatile char *>(to)[i] = static_cast<char>(value);
  return to;
}
}
