#include "large.h"

#include <algorithm>
#include <cstring>

#include "../../test/normalizeCases.h"
#include "op.h"

namespace large {
namespace {

constexpr long long kImage = 56 * 56 * 64, kMostCopies = 1344;

// The first image of a tensor, if all are alike; else nothing.
std::vector<float> imageOf(const device::Floats &tensor, long long copies) {
  // Images are read this many at a time.
  constexpr long long kChunk = 64;
  std::vector<float> first;
  for (long long from = 0; from < copies; from += kChunk) {
    const long long count = std::min(kChunk, copies - from);
    const std::vector<float> chunk = tensor.read(count * kImage, from * kImage);
    if (first.empty()) first.assign(chunk.begin(), chunk.begin() + kImage);
    for (long long k = 0; k < count; k++)
      if (std::memcmp(chunk.data() + k * kImage, first.data(), kImage * sizeof(float)) != 0) return {};
  }
  return first;
}

bool same(const std::vector<float> &a, const std::vector<float> &b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Statistics and means of gradients of many copies are those of one.
Result checkNormalization(long long copies) {
  constexpr long long kChannels = 64;
  const cases::Normalization of =
      cases::makeNormalization("", kImage / kChannels, kChannels, 0, 1, 1e-3f, /* unit */ true);
  const device::Op tensors(copies * kImage, of.beta, of.coeff);
  const device::NormalizeOp op(tensors, {of.scale, of.offset, of.beta, of.coeff, of.epsilon}, true);
  tensors.x.repeat(of.x);
  tensors.dy.repeat(of.dy);
  op.forward();
  const std::vector<float> statistics = op.statistics.read(2 * kChannels);
  cases::Normalized got;
  got.y = imageOf(tensors.y, copies);
  got.mean.assign(statistics.begin(), statistics.begin() + kChannels);
  got.variance.assign(statistics.begin() + kChannels, statistics.end());
  op.backward();
  got.dx = imageOf(tensors.y, copies);
  std::vector<float> *const sums[] = {&got.dscale, &got.doffset, &got.dbeta, &got.dcoeff};
  for (long long k = 0; k < 4; k++) {
    *sums[k] = op.gradients.read(kChannels, k * kChannels);
    for (float &sum : *sums[k]) sum = static_cast<float>(sum / static_cast<double>(copies));
  }
  const bool alike = !got.y.empty() && !got.dx.empty();
  return {"batch normalisation", copies, alike ? cases::measure(of, got) : std::numeric_limits<double>::infinity()};
}

} // namespace

long long copiesThatFit() {
  constexpr double kShare = 0.8;
  return std::min(kMostCopies, static_cast<long long>(kShare * device::freeBytes() / (3 * kImage * sizeof(float))));
}

std::vector<Result> check(long long copies) {
  std::vector<Result> results;
  for (const long long size : {64, 1}) {
    const cases::Case image = cases::make("", kImage, size, size);
    const device::Op op(copies * kImage, image.beta, image.coeff);
    op.x.repeat(image.x);
    op.dy.repeat(image.dy);
    cases::Outputs got;
    op.forward();
    got.y = imageOf(op.y, copies);
    op.backwardInX();
    const std::vector<float> alone = imageOf(op.y, copies);
    op.backward();
    got.dx = imageOf(op.y, copies);
    got.dbeta = op.dbeta.read(size);
    got.dcoeff = op.dcoeff.read(size);
    op.backward();
    const bool steady = same(got.dbeta, op.dbeta.read(size)) && same(got.dcoeff, op.dcoeff.read(size));
    bool right = steady && !got.y.empty() && !got.dx.empty() && alone.size() == got.dx.size();
    for (size_t i = 0; right && i < alone.size(); i++) right = std::fabs(alone[i] - got.dx[i]) <= 1e-6f;
    const double error = right ? cases::measure(image, got, copies).largest() : std::numeric_limits<double>::infinity();
    results.push_back({size == 1 ? "scalar" : "per channel", copies, error});
  }
  results.push_back(checkNormalization(copies));
  return results;
}

} // namespace large
