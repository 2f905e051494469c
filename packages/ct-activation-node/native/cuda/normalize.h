// Batch normalisation in training with the unit behind it, and its gradient. Formulas: src/normalizeBatch.ts of
// @curvature-tuning/activation. Forward x is read twice, for the moments and for the value; backward x and dy are read
// for the sums, which leaves g = dy * phi'(z) where dx will be, and x and g for dx.

// One number for each channel, which is the last axis.
struct Channels {
  long long count;
  // [2, count]: means and biased variances.
  const float *statistics;
  const float *scale, *offset, *beta, *coeff;
  float epsilon;
};

// Number, mean, and sum of squares about it, of some entries of a channel.
struct Moments {
  double entries, mean, squares;
};
// Those of both (Chan's formula).
CTU_INLINE void merge(Moments &into, const Moments &other) {
  const double delta = other.mean - into.mean, all = into.entries + other.entries;
  if (all == 0.0) return;
  const double share = other.entries / all;
  into.mean += delta * share;
  into.squares += other.squares + delta * delta * (into.entries * share);
  into.entries = all;
}

// As Terms.
struct MomentTerms {
  long long size, count;
  Moments *at;
};

// Of a matrix of rows of `width` elements, a multiple of 4 and of the channels. Grid and block as in sums.h.
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuMoments(const float *__restrict__ x, long long n, long long width, long long columns, MomentTerms terms) {
  __shared__ Moments shared[BLOCK_ROWS][BLOCK_COLUMNS];
  // In registers they would not all fit.
  Moments *const found = shared[threadIdx.y] + 4 * threadIdx.x;
#pragma unroll
  for (int k = 0; k < 4; k++) found[k] = {};
  const long long column = firstColumn(), start = firstRow() * width + column;
  if (column < columns && start < n) {
    // Sums about the mean of the rows before: what they lose to rounding is little beside the squares that these add.
    float about[4], sum[4] = {}, product[4] = {};
    int entries[4] = {}, rows = 0;
#pragma unroll
    for (int k = 0; k < 4; k++) about[k] = start + k < n ? x[start + k] : 0.0f;
    const auto flush = [&] {
      // Reads and writes `found`, which compilers would otherwise hold in registers.
      asm volatile("" ::: "memory");
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (entries[k] == 0) continue;
        const double rest = (double)sum[k] / entries[k];
        merge(found[k], {(double)entries[k], about[k] + rest, product[k] - sum[k] * rest});
        about[k] = (float)found[k].mean;
        sum[k] = product[k] = 0.0f;
        entries[k] = 0;
      }
    };
    walk<false, false>(
        x, nullptr, nullptr, n, start, rowsApart() * width,
        [&](int k, F x, F) {
          const F d = x - about[k];
          sum[k] += d;
          product[k] += d * d;
          entries[k]++;
          return d;
        },
        [&] {
          if (++rows % ROWS_PER_FLUSH == 0) flush();
        });
    flush();
  }
  __syncthreads();
  const int lane = threadIdx.y * BLOCK_LANES + threadIdx.x;
  const bool gathers = lane < BLOCK_COLUMNS;
  if (gathers)
    for (int row = 1; row < BLOCK_ROWS; row++) merge(shared[0][lane], shared[row][lane]);
  foldColumns(lane, terms.size, [&](int into, int other) { merge(shared[0][into], shared[0][other]); });
  const long long term = gathers ? termOf(terms.size, terms.count, columns, lane) : -1;
  if (term >= 0) terms.at[term] = shared[0][lane];
}

// Mean and biased variance of each channel from what the blocks left, [2, size].
extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    ctuStatistics(MomentTerms terms, float *__restrict__ statistics) {
  sumTerms<Moments>(
      blockIdx.x, terms.size, terms.count,
      [&](long long j, long long from, long long step) {
        Moments sum{};
        for (long long k = from; k < terms.count; k += step) merge(sum, terms.at[j * terms.count + k]);
        return sum;
      },
      [](Moments &into, const Moments &other) { merge(into, other); },
      [&](long long j, const Moments &sum) {
        statistics[j] = (float)sum.mean;
        statistics[terms.size + j] = (float)(sum.squares / sum.entries);
      });
}

// 1 / sqrt(variance + epsilon).
CTU_INLINE float inverseDeviation(const Channels &of, long long channel) {
  return __frsqrt_rn(of.statistics[of.count + channel] + of.epsilon);
}

// Of four neighbouring columns: z = (x - mean) * factor + offset.
struct FourChannels {
  float mean[4], factor[4], offset[4];

  __device__ __forceinline__ FourChannels(long long first, const Channels &of) {
    long long channel = first % of.count;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      mean[k] = of.statistics[channel];
      factor[k] = of.scale[channel] * inverseDeviation(of, channel);
      offset[k] = of.offset[channel];
      if (++channel == of.count) channel = 0;
    }
  }
  __device__ __forceinline__ float z(int k, float x) const { return (x - mean[k]) * factor[k] + offset[k]; }
};

CTU_INLINE FourColumns unitOf(const Channels &of, long long first) {
  return FourColumns(first, of.beta, of.count, of.coeff, of.count);
}

// y; grid as ctuValue's.
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuNormalize(const float *__restrict__ x, float *__restrict__ y, long long n, Channels channels, long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourChannels of(i, channels);
  walk<false, true>(
      x, nullptr, y, n, i, stride, [&](int k, F x, F) { return of.z(k, x); }, nothing);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuNormalizeUnit(const float *__restrict__ x, float *__restrict__ y, long long n, Channels channels,
                     long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourChannels of(i, channels);
  const FourColumns unit = unitOf(channels, i);
  walk<false, true>(
      x, nullptr, y, n, i, stride, [&](int k, F x, F) { return value(of.z(k, x), unit.of[k]); }, nothing);
}

// Terms of the gradients in scale, sums of g * (x - mean) * r, and in offset, sums of g; of those in beta and coeff,
// too, where there is a unit whose gradients are wanted; and g where there is one. Grid and block as in sums.h.
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuNormalizeSums(const float *__restrict__ x, const float *__restrict__ dy, long long n, Channels channels,
                     long long width, long long columns, Terms ofScale, Terms ofOffset) {
  ColumnSums<2> sums;
  const long long column = firstColumn();
  if (column < columns) {
    const FourChannels of(column, channels);
    walk<true, false>(
        x, dy, nullptr, n, firstRow() * width + column, rowsApart() * width,
        [&](int k, F x, F dy) {
          sums.now[0][k] += dy * (x - of.mean[k]);
          sums.now[1][k] += dy;
          return dy;
        },
        [&] { sums.rowDone(); });
    for (int k = 0; k < 4; k++) sums.multiply(0, k, inverseDeviation(channels, (column + k) % channels.count));
  }
  const Terms terms[2] = {ofScale, ofOffset};
  sums.leave<false>(terms, columns);
}
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuNormalizeUnitSums(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ g, long long n,
                         Channels channels, long long width, long long columns, Terms ofScale, Terms ofOffset) {
  ColumnSums<2> sums;
  const long long column = firstColumn();
  if (column < columns) {
    const FourChannels of(column, channels);
    const FourColumns unit = unitOf(channels, column);
    walk<true, true>(
        x, dy, g, n, firstRow() * width + column, rowsApart() * width,
        [&](int k, F x, F dy) {
          const F g = slope(of.z(k, x), dy, unit.of[k]);
          sums.now[0][k] += g * (x - of.mean[k]);
          sums.now[1][k] += g;
          return g;
        },
        [&] { sums.rowDone(); });
    for (int k = 0; k < 4; k++) sums.multiply(0, k, inverseDeviation(channels, (column + k) % channels.count));
  }
  const Terms terms[2] = {ofScale, ofOffset};
  sums.leave<false>(terms, columns);
}
// With room for fewer blocks at once: most of a thread's 52 numbers stay in registers.
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, 3)
    ctuNormalizeAllSums(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ g, long long n,
                        Channels channels, long long width, long long columns, Terms ofScale, Terms ofOffset,
                        Terms ofBeta, Terms ofCoeff) {
  ColumnSums<4> sums;
  const long long column = firstColumn();
  if (column < columns) {
    const FourChannels of(column, channels);
    const FourColumns unit = unitOf(channels, column);
    walk<true, true>(
        x, dy, g, n, firstRow() * width + column, rowsApart() * width,
        [&](int k, F x, F dy) {
          const F g = slopes(of.z(k, x), dy, unit.of[k], sums.now[2][k], sums.now[3][k]);
          sums.now[0][k] += g * (x - of.mean[k]);
          sums.now[1][k] += g;
          return g;
        },
        [&] { sums.rowDone(); });
    for (int k = 0; k < 4; k++) sums.multiply(0, k, inverseDeviation(channels, (column + k) % channels.count));
  }
  const Terms terms[4] = {ofScale, ofOffset, ofBeta, ofCoeff};
  sums.leave<true>(terms, columns);
}

// dx = scale * r * (g - doffset / entries - (x - mean) * r * dscale / entries). g may be where dx goes. Grid as
// ctuValue's.
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuNormalizeInput(const float *__restrict__ x, const float *g, float *dx, long long n, Channels channels,
                      const float *__restrict__ dscale, const float *__restrict__ doffset, long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourChannels of(i, channels);
  const float share = 1.0f / (float)(n / channels.count);
  float shift[4], slant[4];
#pragma unroll
  for (int k = 0; k < 4; k++) {
    const long long channel = (i + k) % channels.count;
    shift[k] = doffset[channel] * share;
    slant[k] = dscale[channel] * share * inverseDeviation(channels, channel);
  }
  walk<true, true>(
      x, g, dx, n, i, stride,
      [&](int k, F x, F g) { return of.factor[k] * ((g - shift[k]) - (x - of.mean[k]) * slant[k]); }, nothing);
}
