// The CUDA kernels. Compiled to cubins and PTX by compile.py; launched by launch.h. No includes but the arithmetic, so
// that NVRTC, nvcc and, under test/emulatedDriver.cc, a C++ compiler for the CPU take the same text.
//
// Element i of the tensor belongs to beta[i mod betas] and coeff[i mod coeffs]. Every thread walks the tensor in steps
// that are a multiple of both sizes: its four columns stay, and what they need of the parameters is computed once.

#define CTU_INLINE static __device__ __forceinline__
typedef float F;

CTU_INLINE F least(F a, F b) { return fminf(a, b); }
CTU_INLINE F most(F a, F b) { return fmaxf(a, b); }
CTU_INLINE F magnitude(F a) { return fabsf(a); }
CTU_INLINE F fused(F a, F b, F c) { return fmaf(a, b, c); }
CTU_INLINE F wherePositive(F x, F a, F b) { return x > 0.0f ? a : b; }
// Two instructions each, good to 2 ulp.
CTU_INLINE F quotient(F a, F b) { return __fdividef(a, b); }
#ifdef __CUDACC__
CTU_INLINE F exp2Of(F a) {
  F power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(a));
  return power;
}
#endif
#define CTU_EXP2

#include "../arithmetic.h"

// A thread does both steps of an element at once.
CTU_INLINE F value(F x, const Parameters &of) { return value(x, powers(x, of), of); }
CTU_INLINE F slope(F x, F dy, const Parameters &of) { return slope(x, dy, powers(x, of), of); }
CTU_INLINE F slopes(F x, F dy, const Parameters &of, F &dbeta, F &dcoeff) {
  return slopes(x, dy, powers(x, of), of, dbeta, dcoeff);
}

// In float32, unlike the CPU's: float64 is 64 times slower on many cards. What rounding takes from s, r and g is kept
// up to g, which 2^-v raises to a power.
CTU_INLINE Parameters parameters(float b, float c) {
  const float epsilon = (float)CTU_EPSILON, log2e = (float)CTU_LOG2E;
  const float d = 1.0f - b, s = d + epsilon;
  const float sRest = ((1.0f - d) - b) + ((d - s) + epsilon) + (float)(CTU_EPSILON - (double)(float)CTU_EPSILON);
  Parameters of;
  of.r = log2e / s;
  const float rRest = (fused(-of.r, s, log2e) - of.r * sRest + (float)(CTU_LOG2E - (double)(float)CTU_LOG2E)) / s;
  of.g = b * of.r;
  of.gRest = fused(b, of.r, -of.g) + b * rRest;
  of.c = c;
  of.sl = s * (float)CTU_LN2 + 0.0f * c;
  of.m = (1.0f - c) * s * (float)CTU_LN2;
  return of;
}

// Four neighbouring columns, in registers: indices into `of` must be known to the compiler.
struct FourColumns {
  Parameters of[4];

  __device__ __forceinline__ FourColumns(long long first, const float *beta, long long betas, const float *coeff,
                                         long long coeffs) {
    long long b = first % betas, c = first % coeffs;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      of[k] = parameters(beta[b], coeff[c]);
      if (++b == betas) b = 0;
      if (++c == coeffs) c = 0;
    }
  }
};

// Four neighbours, loaded and stored by one instruction each.
struct alignas(16) Four {
  float at[4];
};
CTU_INLINE bool isAligned(const void *p) { return (unsigned long long)p % sizeof(Four) == 0; }

#define THREADS 256

// y from x. Blocks of THREADS, as many as `stride` takes at four columns a thread; `stride` is a multiple of 4 and of
// the parameters' sizes, or not below n. Pointers that are not aligned to 16 bytes cost speed.
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuValue(const float *__restrict__ x, float *__restrict__ y, long long n, const float *__restrict__ beta,
             long long betas, const float *__restrict__ coeff, long long coeffs, long long stride) {
  long long i = 4 * (blockIdx.x * (long long)THREADS + threadIdx.x);
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  if (isAligned(x) && isAligned(y))
    for (; i + 4 <= n; i += stride) {
      const Four in = *(const Four *)(x + i);
      Four out;
#pragma unroll
      for (int k = 0; k < 4; k++) out.at[k] = value(in.at[k], columns.of[k]);
      *(Four *)(y + i) = out;
    }
  for (; i < n; i += stride)
#pragma unroll
    for (int k = 0; k < 4; k++)
      if (i + k < n) y[i + k] = value(x[i + k], columns.of[k]);
}

// dx from x and dy, likewise.
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuSlope(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx, long long n,
             const float *__restrict__ beta, long long betas, const float *__restrict__ coeff, long long coeffs,
             long long stride) {
  long long i = 4 * (blockIdx.x * (long long)THREADS + threadIdx.x);
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  if (isAligned(x) && isAligned(dy) && isAligned(dx))
    for (; i + 4 <= n; i += stride) {
      const Four in = *(const Four *)(x + i), up = *(const Four *)(dy + i);
      Four out;
#pragma unroll
      for (int k = 0; k < 4; k++) out.at[k] = slope(in.at[k], up.at[k], columns.of[k]);
      *(Four *)(dx + i) = out;
    }
  for (; i < n; i += stride)
#pragma unroll
    for (int k = 0; k < 4; k++)
      if (i + k < n) dx[i + k] = slope(x[i + k], dy[i + k], columns.of[k]);
}

// Threads of a block of ctuSlopes: BLOCK_LANES groups of four neighbouring columns, BLOCK_ROWS rows of them.
#define BLOCK_LANES 32
#define BLOCK_ROWS 8
#define BLOCK_COLUMNS (4 * BLOCK_LANES)
// Rows between two moves of a thread's sums to shared memory: keeps their rounding near 1e-6 of the sum of magnitudes.
#define ROWS_PER_FLUSH 64
// Blocks that a multiprocessor is to hold, which bounds the registers of a thread to 64.
#define BLOCKS_AT_ONCE 4

// What blocks leave of a gradient: `count` terms for each of the parameter's `size` elements, side by side, which
// ctuSum adds up. A parameter of less than BLOCK_COLUMNS elements gets a term for each from every block, a longer one
// from every split and every column that is its: columns / size of them.
struct Terms {
  long long size, count;
  float *at;
};

// dx, and sums over rows, from the tensor as a matrix of rows of `width` elements. width is a multiple of 4 and of the
// parameters' sizes.
//
// Grid: x covers columns = min(width, n), BLOCK_COLUMNS per block; y splits the rows. Block: BLOCK_LANES x BLOCK_ROWS.
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuSlopes(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx, long long n,
              const float *__restrict__ beta, const float *__restrict__ coeff, long long width, long long columns,
              Terms dbetaTerms, Terms dcoeffTerms) {
  __shared__ float shared[2][BLOCK_ROWS][BLOCK_COLUMNS];
  float *const dbetaSums = &shared[0][threadIdx.y][4 * threadIdx.x];
  float *const dcoeffSums = &shared[1][threadIdx.y][4 * threadIdx.x];
#pragma unroll
  for (int k = 0; k < 4; k++) dbetaSums[k] = dcoeffSums[k] = 0.0f;
  const long long column = blockIdx.x * (long long)BLOCK_COLUMNS + 4 * threadIdx.x;
  if (column < columns) {
    const FourColumns parameters(column, beta, dbetaTerms.size, coeff, dcoeffTerms.size);
    float dbeta[4] = {}, dcoeff[4] = {};
    const auto flush = [&] {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        dbetaSums[k] += dbeta[k];
        dcoeffSums[k] += dcoeff[k];
        dbeta[k] = dcoeff[k] = 0.0f;
      }
    };
    const long long stride = (long long)gridDim.y * BLOCK_ROWS * width;
    long long i = (blockIdx.y * (long long)BLOCK_ROWS + threadIdx.y) * width + column;
    int rows = 0;
    if (isAligned(x) && isAligned(dy) && isAligned(dx))
      for (; i + 4 <= n; i += stride) {
        const Four in = *(const Four *)(x + i), up = *(const Four *)(dy + i);
        Four out;
#pragma unroll
        for (int k = 0; k < 4; k++) out.at[k] = slopes(in.at[k], up.at[k], parameters.of[k], dbeta[k], dcoeff[k]);
        *(Four *)(dx + i) = out;
        if (++rows % ROWS_PER_FLUSH == 0) flush();
      }
    for (; i < n; i += stride) {
#pragma unroll
      for (int k = 0; k < 4; k++)
        if (i + k < n) dx[i + k] = slopes(x[i + k], dy[i + k], parameters.of[k], dbeta[k], dcoeff[k]);
      if (++rows % ROWS_PER_FLUSH == 0) flush();
    }
    flush();
  }
  __syncthreads();
  // From here on one thread for each of 2 * BLOCK_COLUMNS sums: as many as the block has threads.
  const int thread = threadIdx.y * BLOCK_LANES + threadIdx.x;
  const int which = thread / BLOCK_COLUMNS, lane = thread % BLOCK_COLUMNS;
  const Terms terms = which == 0 ? dbetaTerms : dcoeffTerms;
  float *const sums = shared[which][0];
  float sum = 0.0f;
  for (int row = 0; row < BLOCK_ROWS; row++) sum += shared[which][row][lane];
  __syncthreads();
  sums[lane] = sum;
  // Columns of one element of the parameter are `size` apart: halves the number of such groups until there is one.
  const int size = terms.size < BLOCK_COLUMNS ? (int)terms.size : BLOCK_COLUMNS;
  for (int left = BLOCK_COLUMNS, round = BLOCK_COLUMNS; round > 1; round /= 2) {
    __syncthreads();
    const int half = ((left + size - 1) / size + 1) / 2 * size;
    if (half < left) {
      if (lane < half && lane + half < left) sums[lane] += sums[lane + half];
      left = half;
    }
  }
  __syncthreads();
  const long long at = blockIdx.x * (long long)BLOCK_COLUMNS + lane;
  if (lane >= size || (size == BLOCK_COLUMNS && at >= columns)) return;
  const long long term = size < BLOCK_COLUMNS ? blockIdx.y * (long long)gridDim.x + blockIdx.x
                                              : blockIdx.y * (columns / terms.size) + at / terms.size;
  terms.at[at % terms.size * terms.count + term] = which == 0 ? sums[lane] : -sums[lane];
}

#define SUM_THREADS 256
// Sums of fewer terms are one thread's work.
#define FEW_TERMS 64

// Adds up the terms of both gradients in float64, in a fixed order. A block of SUM_THREADS for each element, or for
// SUM_THREADS elements where the terms are few; the first `dbetaBlocks` are dbeta's, the others dcoeff's.
extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    ctuSum(Terms dbetaTerms, float *__restrict__ dbeta, Terms dcoeffTerms, float *__restrict__ dcoeff,
           long long dbetaBlocks) {
  __shared__ double shared[SUM_THREADS];
  const bool isBeta = blockIdx.x < dbetaBlocks;
  const Terms terms = isBeta ? dbetaTerms : dcoeffTerms;
  float *const gradient = isBeta ? dbeta : dcoeff;
  const long long block = isBeta ? blockIdx.x : blockIdx.x - dbetaBlocks;
  const bool alone = terms.count < FEW_TERMS;
  const long long j = alone ? block * SUM_THREADS + threadIdx.x : block;
  double sum = 0.0;
  if (j < terms.size)
    for (long long k = alone ? 0 : threadIdx.x; k < terms.count; k += alone ? 1 : SUM_THREADS)
      sum += (double)terms.at[j * terms.count + k];
  if (alone) {
    if (j < terms.size) gradient[j] = (float)sum;
    return;
  }
  shared[threadIdx.x] = sum;
  __syncthreads();
  for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) gradient[j] = (float)shared[0];
}
