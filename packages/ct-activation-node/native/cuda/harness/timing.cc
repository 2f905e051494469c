#include "timing.h"

#include <algorithm>
#include <functional>

#include "../../test/testCases.h"
#include "op.h"

namespace timing {
namespace {

constexpr int kRounds = 31, kWarmUps = 3;
// Of one sample: several launches where one is shorter, so that neither the clock nor the hand-over counts.
constexpr double kSampleMilliseconds = 0.5;

struct Run {
  Timing::Pass pass;
  std::function<void()> once;
  int repeats = 1;
  std::vector<double> samples;
};

double sample(device::Clock &clock, const Run &run) {
  clock.start();
  for (int k = 0; k < run.repeats; k++) run.once();
  return clock.stopMilliseconds() / run.repeats;
}

Timing measureShape(const std::vector<long long> &shape, bool scalar) {
  long long n = 1;
  for (const long long size : shape) n *= size;
  const long long image = n / shape[0], parameters = scalar ? 1 : shape.back();
  const cases::Case of = cases::make("", image, parameters, parameters);
  const device::Op op(n, of.beta, of.coeff);
  op.x.repeat(of.x);
  op.dy.repeat(of.dy);
  const ctu::Form clipped = {6.0f, 0.0f};
  const std::vector<float> ones(shape.back(), 1.0f), zeros(shape.back(), 0.0f);
  const device::NormalizeOp::Parameters channels{ones, zeros, of.beta, of.coeff, 1e-3f};
  const device::NormalizeOp plain(op, channels, false), both(op, channels, true);
  std::vector<Run> runs{{{"copy", 2, 0, 0, 0}, [&] { op.copy(); }, 1, {}},
                        {{"forward", 2, 0, 0, 0}, [&] { op.forward(); }, 1, {}},
                        {{"backward in x", 3, 0, 0, 0}, [&] { op.backwardInX(); }, 1, {}},
                        {{"backward in all", 3, 0, 0, 0}, [&] { op.backward(); }, 1, {}},
                        {{"forward + backward in all", 5, 0, 0, 0},
                         [&] {
                           op.forward();
                           op.backward();
                         },
                         1,
                         {}}};
  if (!scalar) {
    const auto add = [&](const char *name, int tensors, std::function<void()> once) {
      runs.push_back({{name, tensors, 0, 0, 0}, std::move(once), 1, {}});
    };
    add("clipped forward", 2, [&] { op.forward(&clipped); });
    add("clipped backward in all", 3, [&] { op.backward(&clipped); });
    add("normalize forward", 3, [&] { plain.forward(); });
    add("normalize backward", 5, [&] { plain.backward(); });
    add("normalize + unit forward", 3, [&] { both.forward(); });
    add("normalize + unit backward in all", 6, [&] { both.backward(); });
  }
  device::Clock clock;
  for (int round = -kWarmUps; round < kRounds; round++)
    for (Run &run : runs) {
      const double elapsed = sample(clock, run);
      if (round >= 0)
        run.samples.push_back(elapsed);
      else
        run.repeats = std::max(1, static_cast<int>(kSampleMilliseconds / elapsed));
    }
  Timing timing{shape, scalar ? "scalar" : "per channel", {}};
  for (Run &run : runs) {
    std::sort(run.samples.begin(), run.samples.end());
    const size_t last = run.samples.size() - 1;
    run.pass.median = run.samples[last / 2];
    run.pass.low = run.samples[last / 4];
    run.pass.high = run.samples[last - last / 4];
    timing.passes.push_back(run.pass);
  }
  return timing;
}

} // namespace

std::vector<Timing> measure(long long largest) {
  std::vector<Timing> timings;
  for (const long long images : {std::min(32LL, largest), largest})
    for (const bool scalar : {false, true}) timings.push_back(measureShape({images, 56, 56, 64}, scalar));
  for (const long long channels : {96, 257})
    timings.push_back(measureShape({std::min(256LL, std::max(1LL, largest / 4)), 28, 28, channels}, false));
  return timings;
}

} // namespace timing
