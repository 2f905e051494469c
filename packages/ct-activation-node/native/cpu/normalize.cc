#include "normalize.h"

#include <cmath>

#include "isa.h"

namespace ctu {

double inverseDeviation(const Channels &channels, int64_t channel) {
  return 1.0 / std::sqrt(static_cast<double>(channels.variance[channel]) + channels.epsilon);
}

Normalization::Normalization(Step step, const Channels &channels, const float *x, const float *dy, float *result,
                             int64_t n, const ChannelSums *sums)
    : Walk(n, channels.count), step(step), channels(channels), x(x), dy(dy), result(result) {
  if (step == Step::kStatistics || step == Step::kSums || step == Step::kAllSums) partial_.resize(units_ * columns_);
  if (step == Step::kStatistics) return;
  for (int64_t k = 0; k < channels.count; k++) {
    const double r = inverseDeviation(channels, k);
    factor.push_back(static_cast<float>(channels.scale[k] * r));
    if (step != Step::kInput) continue;
    const double entries = static_cast<double>(n / channels.count);
    shift.push_back(static_cast<float>(sums[k].sum / entries));
    slant.push_back(static_cast<float>(r * r * sums[k].product / entries));
  }
}

void Normalization::run(int64_t from, int64_t to) {
  for (int64_t k = from; k < to; k++) isa().normalizeUnit(*this, unit(k));
}

std::vector<ChannelSums> Normalization::finish() const {
  std::vector<ChannelSums> total(channels.count);
  for (int64_t k = 0; k < units_; k++) {
    const Unit from = unit(k);
    const ChannelSums *columns = partial_.data() + k * columns_;
    int64_t at = from.firstColumn % channels.count;
    for (int64_t i = 0; i < from.columns; i++) {
      ChannelSums &into = total[at];
      if (step == Step::kStatistics) {
        if (columns[i].entries > 0) merge(into, columns[i].entries, columns[i].sum, columns[i].product);
      } else {
        into.sum += columns[i].sum;
        into.product += columns[i].product;
        into.dbeta += columns[i].dbeta;
        into.dcoeff += columns[i].dcoeff;
      }
      if (++at == channels.count) at = 0;
    }
  }
  return total;
}

} // namespace ctu
