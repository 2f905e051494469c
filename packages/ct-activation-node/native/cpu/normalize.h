// Batch normalisation in training with the unit behind it, and its gradient, pass by pass. Knows no TensorFlow.
//
// Formulas: src/normalizeBatch.ts of @curvature-tuning/activation. Forward x is read twice, for the statistics and for
// the value; backward x and dy are read for the sums, which leaves g = dy * phi'(z) where dx will be, and x and g for
// dx.
#pragma once
#include <cstdint>
#include <vector>

#include "walk.h"

namespace ctu {

// One number for each channel, which is the last axis.
struct Channels {
  int64_t count;
  const float *mean, *variance, *scale, *offset;
  const float *beta, *coeff; // null where there is no unit
  double epsilon;
};

// Sums over the entries of a channel. Of kStatistics: their number, mean, and sum of squares about it.
struct ChannelSums {
  double entries = 0, sum = 0, product = 0, dbeta = 0, dcoeff = 0;
};

class Normalization : public Walk {
 public:
  enum class Step {
    kStatistics, // mean and variance from x
    kValue,      // y from x
    kSums,       // g from x and dy, and sums of g and g * (x - mean)
    kAllSums,    // those of dbeta and dcoeff too
    kInput,      // dx from x and g
  };

  // `dy` for the gradients, g for the last; `result` is y, g or dx. `sums` are those of kSums, for kInput.
  Normalization(Step step, const Channels &channels, const float *x, const float *dy, float *result, int64_t n,
                const ChannelSums *sums = nullptr);

  // Does the units [from, to). May run on any threads at once for units that differ.
  void run(int64_t from, int64_t to);
  // The sums of all channels, after all units. For the steps that have them.
  std::vector<ChannelSums> finish() const;

  // For the ISA bodies.
  const Step step;
  const Channels channels;
  const float *const x, *const dy;
  float *const result;
  // Per channel: scale * r; mean(g); r^2 * mean(g * (x - mean)).
  std::vector<float> factor, shift, slant;
  // What a unit leaves, a number of these a column.
  ChannelSums *partial(const Unit &unit) { return partial_.data() + unit.index * columns_; }

 private:
  std::vector<ChannelSums> partial_;
};

// 1 / sqrt(variance + epsilon).
double inverseDeviation(const Channels &channels, int64_t channel);

// Adds a mean and a sum of squares about it over some entries to those of others (Chan's formula). Inline for the ISAs.
static inline __attribute__((always_inline)) void merge(ChannelSums &into, double entries, double mean,
                                                        double squares) {
  const double delta = mean - into.sum, all = into.entries + entries;
  into.sum += delta * (entries / all);
  into.product += squares + delta * delta * (into.entries * entries / all);
  into.entries = all;
}

} // namespace ctu
