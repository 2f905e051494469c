// Sums over the rows of a matrix, for each of its columns: how blocks gather them and what they leave.
//
// Grid: x covers the columns, BLOCK_COLUMNS per block; y splits the rows. Block: BLOCK_LANES x BLOCK_ROWS, a thread for
// four neighbouring columns.

#define BLOCK_LANES 32
#define BLOCK_ROWS 8
#define BLOCK_COLUMNS (4 * BLOCK_LANES)
// Rows between two moves of a thread's sums to shared memory: keeps their rounding near 1e-6 of the sum of magnitudes.
#define ROWS_PER_FLUSH 64
// Blocks that a multiprocessor is to hold, which bounds the registers of a thread to 64.
#define BLOCKS_AT_ONCE 4

CTU_INLINE long long firstColumn() { return blockIdx.x * (long long)BLOCK_COLUMNS + 4 * threadIdx.x; }
CTU_INLINE long long firstRow() { return blockIdx.y * (long long)BLOCK_ROWS + threadIdx.y; }
CTU_INLINE long long rowsApart() { return (long long)gridDim.y * BLOCK_ROWS; }

// What blocks leave of sums: `count` terms for each of a parameter's `size` elements, side by side. A parameter of less
// than BLOCK_COLUMNS elements gets a term for each from every block, a longer one from every split and every column
// that is its: columns / size of them.
struct Terms {
  long long size, count;
  float *at;
};

// Where a block's term for `column`, its column number `lane`, goes; -1 where it leaves none.
CTU_INLINE long long termOf(long long size, long long count, long long columns, int lane) {
  const long long column = blockIdx.x * (long long)BLOCK_COLUMNS + lane;
  if (size < BLOCK_COLUMNS)
    return lane < size ? column % size * count + blockIdx.y * (long long)gridDim.x + blockIdx.x : -1;
  return column < columns ? column % size * count + blockIdx.y * (columns / size) + column / size : -1;
}

// Columns of one element of the parameter are `size` apart: halves the number of such groups until there is one, by
// combine(lane, other). For all threads of a block; what a lane has come to is known to its own thread.
template <class Combine>
CTU_INLINE void foldColumns(int lane, long long size, const Combine &combine) {
  const int apart = size < BLOCK_COLUMNS ? (int)size : BLOCK_COLUMNS;
  for (int left = BLOCK_COLUMNS, round = BLOCK_COLUMNS; round > 1; round /= 2) {
    __syncthreads();
    const int half = ((left + apart - 1) / apart + 1) / 2 * apart;
    if (half < left) {
      if (lane < half && lane + half < left) combine(lane, lane + half);
      left = half;
    }
  }
}

// `count` sums, an even number, of each of a thread's four columns.
template <int count>
struct ColumnSums {
  float now[count][4];
  int rows;

  __device__ __forceinline__ ColumnSums() : now{}, rows(0) {
#pragma unroll
    for (int which = 0; which < count; which++)
#pragma unroll
      for (int k = 0; k < 4; k++) gathered(which)[k] = 0.0f;
  }

  __device__ __forceinline__ void rowDone() {
    if (++rows % ROWS_PER_FLUSH == 0) flush();
  }

  // Multiplies a column's sum of the rows so far.
  __device__ __forceinline__ void multiply(int which, int k, float by) {
    gathered(which)[k] = (gathered(which)[k] + now[which][k]) * by;
    now[which][k] = 0.0f;
  }

  // Adds those of the block's threads and leaves them, the last with its sign changed where `negatesLast`.
  template <bool negatesLast>
  __device__ __forceinline__ void leave(const Terms (&terms)[count], long long columns) {
    flush();
    __syncthreads();
    const int thread = threadIdx.y * BLOCK_LANES + threadIdx.x;
    // One thread for each of two times BLOCK_COLUMNS sums: as many as the block has threads.
    const int lane = thread % BLOCK_COLUMNS, odd = thread / BLOCK_COLUMNS;
#pragma unroll
    for (int first = 0; first < count; first += 2) {
      float *const sums = shared(first + odd, 0);
      float sum = 0.0f;
      for (int row = 0; row < BLOCK_ROWS; row++) sum += shared(first + odd, row)[lane];
      sums[lane] = sum;
      const Terms of = odd ? terms[first + 1] : terms[first];
      foldColumns(lane, of.size, [&](int into, int other) { sums[into] += sums[other]; });
      const long long term = termOf(of.size, of.count, columns, lane);
      const bool negates = negatesLast && first + 2 == count && odd;
      if (term >= 0) of.at[term] = negates ? -sums[lane] : sums[lane];
    }
  }

 private:
  __device__ __forceinline__ static float *shared(int which, int row) {
    __shared__ float all[count][BLOCK_ROWS][BLOCK_COLUMNS];
    return all[which][row];
  }
  __device__ __forceinline__ static float *gathered(int which) { return shared(which, threadIdx.y) + 4 * threadIdx.x; }
  __device__ __forceinline__ void flush() {
#pragma unroll
    for (int which = 0; which < count; which++)
#pragma unroll
      for (int k = 0; k < 4; k++) {
        gathered(which)[k] += now[which][k];
        now[which][k] = 0.0f;
      }
  }
};

#define SUM_THREADS 256
// Sums of fewer terms are one thread's work.
#define FEW_TERMS 64

// An element of a parameter has a block of SUM_THREADS to itself, or shares it with as many where terms are few: which,
// and the sum that its threads find of `own(j, from, step)`, by `combine`, in a fixed order. `done(j, sum)` gets it.
template <class Sum, class Own, class Combine, class Done>
CTU_INLINE void sumTerms(long long block, long long size, long long count, const Own &own, const Combine &combine,
                         const Done &done) {
  alignas(8) __shared__ char memory[SUM_THREADS * sizeof(Sum)];
  Sum *const shared = (Sum *)memory;
  const bool alone = count < FEW_TERMS;
  const long long j = alone ? block * SUM_THREADS + threadIdx.x : block;
  Sum sum{};
  if (j < size) sum = own(j, alone ? 0 : threadIdx.x, alone ? 1 : SUM_THREADS);
  if (alone) {
    if (j < size) done(j, sum);
    return;
  }
  shared[threadIdx.x] = sum;
  __syncthreads();
  for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) combine(shared[threadIdx.x], shared[threadIdx.x + half]);
    __syncthreads();
  }
  if (threadIdx.x == 0) done(j, shared[0]);
}

// Adds up the terms of two gradients in float64; the first `firstBlocks` blocks are the first one's.
extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    ctuSum(Terms firstTerms, float *__restrict__ first, Terms secondTerms, float *__restrict__ second,
           long long firstBlocks) {
  const bool isFirst = blockIdx.x < firstBlocks;
  const Terms terms = isFirst ? firstTerms : secondTerms;
  float *const gradient = isFirst ? first : second;
  sumTerms<double>(
      isFirst ? blockIdx.x : blockIdx.x - firstBlocks, terms.size, terms.count,
      [&](long long j, long long from, long long step) {
        double sum = 0.0;
        for (long long k = from; k < terms.count; k += step) sum += (double)terms.at[j * terms.count + k];
        return sum;
      },
      [](double &into, double other) { into += other; }, [&](long long j, double sum) { gradient[j] = (float)sum; });
}
