// The CUDA kernels. Compiled to cubins and PTX by compile.py; launched by launch.h. No includes but the arithmetic, so
// that NVRTC, nvcc and, under test/emulatedDriver.cc, a C++ compiler for the CPU take the same text.
//
// Element i of the tensor belongs to beta[i mod betas] and coeff[i mod coeffs].

#define CTU_INLINE static __device__ __forceinline__
typedef float F;

CTU_INLINE F least(F a, F b) { return b < a ? b : a; }
CTU_INLINE F most(F a, F b) { return a < b ? b : a; }
CTU_INLINE F magnitude(F a) { return fabsf(a); }
CTU_INLINE F powerOfTwo(F a) { return __uint_as_float(__float_as_uint(a) << 23); }
CTU_INLINE F whereX(F x, F a, F b) { return x > 0.0f ? a : b; }

#include "../arithmetic.h"

// A thread does both steps of an element at once.
CTU_INLINE F value(F x, const Parameters &of) { return value(x, powers(x, of), of); }
CTU_INLINE F slope(F x, F dy, const Parameters &of) { return slope(x, dy, powers(x, of), of); }
CTU_INLINE F slopes(F x, F dy, const Parameters &of, F &dbeta, F &dcoeff) {
  return slopes(x, dy, powers(x, of), of, dbeta, dcoeff);
}

// In float32, unlike the CPU's: float64 is 64 times slower on many cards. 1 - beta is exact where it matters.
CTU_INLINE Parameters parameters(float b, float c) {
  const float largest = 3.4028234663852886e38f;
  Parameters of;
  const float s = (1.0f - b) + (float)CTU_EPSILON;
  of.r = (float)CTU_LOG2E / s;
  of.g = b * of.r;
  of.mostByR = 127.0f / of.r;
  // The negation lets NaN give the largest float; below the bound the quotient would overflow.
  of.mostByG = !(of.g > 1e-36f) ? largest : 127.0f / of.g;
  of.lowest = of.mostByG == largest && c != 0.0f ? __uint_as_float(0xff800000u) : -of.mostByG;
  of.c = c;
  of.d = 1.0f - c;
  of.dl = of.d * (float)CTU_LN2;
  of.m = of.dl * s;
  of.cl = c * (float)CTU_LN2;
  of.cll = c * (float)((1.0 + CTU_EPSILON) * CTU_LN2 * CTU_LN2);
  of.sl = s * (float)CTU_LN2 + 0.0f * c;
  return of;
}

// Walks one parameter in step with the elements: one division per thread instead of one per element.
struct Cursor {
  const float *values;
  unsigned long long size, at, step;

  __device__ __forceinline__ Cursor(const float *values, long long size, long long first, long long step)
      : values(values), size(size), at(first % size), step(step % size) {}
  // The value `ahead` < 4 elements on.
  __device__ __forceinline__ float operator[](int ahead) const {
    unsigned long long i = at + ahead;
    while (i >= size) i -= size;
    return values[i];
  }
  __device__ __forceinline__ void advance() {
    at += step;
    if (at >= size) at -= size;
  }
};

// Four neighbours, loaded and stored by one instruction each.
struct alignas(16) Four {
  float at[4];
};
CTU_INLINE bool isAligned(const void *p) { return (unsigned long long)p % sizeof(Four) == 0; }

// y from x. Any grid and block of one dimension. Pointers that are not aligned to 16 bytes cost speed.
extern "C" __global__ void ctuValue(const float *__restrict__ x, float *__restrict__ y, long long n,
                                    const float *__restrict__ beta, long long betas, const float *__restrict__ coeff,
                                    long long coeffs) {
  const long long first = 4 * (blockIdx.x * (long long)blockDim.x + threadIdx.x);
  const long long stride = 4 * ((long long)gridDim.x * blockDim.x);
  if (first >= n) return;
  Cursor b(beta, betas, first, stride), c(coeff, coeffs, first, stride);
  // Scalars, the common case, are prepared once.
  const bool scalar = betas == 1 && coeffs == 1;
  const bool aligned = isAligned(x) && isAligned(y);
  Parameters of = parameters(b[0], c[0]);
  for (long long i = first; i < n; i += stride) {
    if (aligned && i + 4 <= n) {
      const Four in = *(const Four *)(x + i);
      Four out;
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (!scalar) of = parameters(b[k], c[k]);
        out.at[k] = value(in.at[k], of);
      }
      *(Four *)(y + i) = out;
    } else {
      for (int k = 0; k < 4 && i + k < n; k++) y[i + k] = value(x[i + k], parameters(b[k], c[k]));
    }
    b.advance();
    c.advance();
  }
}

// dx from x and dy, likewise.
extern "C" __global__ void ctuSlope(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                    long long n, const float *__restrict__ beta, long long betas,
                                    const float *__restrict__ coeff, long long coeffs) {
  const long long first = 4 * (blockIdx.x * (long long)blockDim.x + threadIdx.x);
  const long long stride = 4 * ((long long)gridDim.x * blockDim.x);
  if (first >= n) return;
  Cursor b(beta, betas, first, stride), c(coeff, coeffs, first, stride);
  const bool scalar = betas == 1 && coeffs == 1;
  const bool aligned = isAligned(x) && isAligned(dy) && isAligned(dx);
  Parameters of = parameters(b[0], c[0]);
  for (long long i = first; i < n; i += stride) {
    if (aligned && i + 4 <= n) {
      const Four in = *(const Four *)(x + i), up = *(const Four *)(dy + i);
      Four out;
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (!scalar) of = parameters(b[k], c[k]);
        out.at[k] = slope(in.at[k], up.at[k], of);
      }
      *(Four *)(dx + i) = out;
    } else {
      for (int k = 0; k < 4 && i + k < n; k++) dx[i + k] = slope(x[i + k], dy[i + k], parameters(b[k], c[k]));
    }
    b.advance();
    c.advance();
  }
}

// Threads of a block of ctuSlopes: BLOCK_COLUMNS groups of four neighbouring columns, BLOCK_ROWS rows of them.
#define BLOCK_COLUMNS 32
#define BLOCK_ROWS 8

// dx, and sums over rows, from the tensor as a matrix of rows of `width` elements. width is a multiple of 4 and of the
// parameters' sizes, so that a thread keeps its four columns' parameters in registers, and its sums.
//
// Grid: x covers min(width, n) columns, 4 * BLOCK_COLUMNS per block; y splits the rows. Block: BLOCK_COLUMNS x
// BLOCK_ROWS. Writes sums of `columns` numbers for each y: of dbeta to partial, of dcoeff gridDim.y * columns later.
extern "C" __global__ void ctuSlopes(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                                     long long n, const float *__restrict__ beta, long long betas,
                                     const float *__restrict__ coeff, long long coeffs, long long width,
                                     long long columns, float *__restrict__ partial) {
  __shared__ float shared[2][BLOCK_ROWS][4 * BLOCK_COLUMNS + 4];
  const long long column = 4 * (blockIdx.x * (long long)BLOCK_COLUMNS + threadIdx.x);
  const bool aligned = isAligned(x) && isAligned(dy) && isAligned(dx);
  float dbeta[4] = {}, dcoeff[4] = {};
  if (column < columns) {
    Parameters of[4];
#pragma unroll
    for (int k = 0; k < 4; k++) of[k] = parameters(beta[(column + k) % betas], coeff[(column + k) % coeffs]);
    const long long rowStride = (long long)gridDim.y * BLOCK_ROWS * width;
    for (long long i = (blockIdx.y * (long long)BLOCK_ROWS + threadIdx.y) * width + column; i < n; i += rowStride) {
      if (aligned && i + 4 <= n) {
        const Four in = *(const Four *)(x + i), up = *(const Four *)(dy + i);
        Four out;
#pragma unroll
        for (int k = 0; k < 4; k++) out.at[k] = slopes(in.at[k], up.at[k], of[k], dbeta[k], dcoeff[k]);
        *(Four *)(dx + i) = out;
      } else {
        // Not a loop to n - i: indices that are known keep the arrays in registers.
#pragma unroll
        for (int k = 0; k < 4; k++)
          if (i + k < n) dx[i + k] = slopes(x[i + k], dy[i + k], of[k], dbeta[k], dcoeff[k]);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    shared[0][threadIdx.y][4 * threadIdx.x + k] = dbeta[k];
    shared[1][threadIdx.y][4 * threadIdx.x + k] = dcoeff[k];
  }
  __syncthreads();
  // One thread for each of the 2 * 4 * BLOCK_COLUMNS sums: as many as the block has threads.
  const int thread = threadIdx.y * BLOCK_COLUMNS + threadIdx.x;
  const int which = thread / (4 * BLOCK_COLUMNS), lane = thread % (4 * BLOCK_COLUMNS);
  const long long at = 4 * (blockIdx.x * (long long)BLOCK_COLUMNS) + lane;
  if (at >= columns) return;
  float sum = 0.0f;
  for (int row = 0; row < BLOCK_ROWS; row++) sum += shared[which][row][lane];
  partial[(which * (long long)gridDim.y + blockIdx.y) * columns + at] = which == 0 ? sum : -sum;
}

#define SUM_THREADS 256

// out[j] = the sum over splits and over columns j, j + size, ... of partial[split][column], in float64 and in a fixed
// order. One block of SUM_THREADS for each j, or, where `alone`, one thread: for sums of few terms.
extern "C" __global__ void ctuSum(const float *__restrict__ partial, long long splits, long long columns,
                                  float *__restrict__ out, long long size, int alone) {
  __shared__ double shared[SUM_THREADS];
  const long long j = alone ? blockIdx.x * (long long)SUM_THREADS + threadIdx.x : blockIdx.x;
  const int first = alone ? 0 : threadIdx.x, step = alone ? 1 : SUM_THREADS;
  double sum = 0.0;
  if (j < size && j < columns) {
    const long long repeats = (columns - j - 1) / size + 1;
    for (long long k = first; k < splits * repeats; k += step)
      sum += (double)partial[k / repeats * columns + k % repeats * size + j];
  }
  if (alone) {
    if (j < size) out[j] = (float)sum;
    return;
  }
  shared[threadIdx.x] = sum;
  __syncthreads();
  for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[j] = (float)shared[0];
}
