// A GPU through the driver API, for the check: a context, memory and a clock. Any failure ends the program with the
// driver's words.
#pragma once
#include <string>
#include <vector>

#include "../driver.h"

namespace device {

struct Description {
  std::string name;
  int major, minor, multiprocessors, driverVersion;
};

// Makes the first card's context current. Ends the program with code 2 where there is no card.
Description open();

size_t freeBytes();

// Waits for all that was launched.
void synchronize();

void fail(const std::string &problem);
// Ends the program where `problem` is not empty.
void require(const std::string &problem);

// Floats on the card, freed with the object.
class Floats {
 public:
  explicit Floats(size_t size);
  explicit Floats(const std::vector<float> &values);
  ~Floats();
  Floats(const Floats &) = delete;
  Floats &operator=(const Floats &) = delete;
  float *data() const { return reinterpret_cast<float *>(address_); }
  std::vector<float> read(size_t size, size_t from = 0) const;
  // Fills all of it with `values`, again and again.
  void repeat(const std::vector<float> &values) const;
  void copyTo(const Floats &other, size_t size) const;

 private:
  unsigned long long address_ = 0;
  size_t size_;
};

// Times of what is launched between start and stop, on the card's clock.
class Clock {
 public:
  Clock();
  ~Clock();
  Clock(const Clock &) = delete;
  Clock &operator=(const Clock &) = delete;
  void start();
  float stopMilliseconds();

 private:
  void *begin_ = nullptr, *end_ = nullptr;
};

} // namespace device
