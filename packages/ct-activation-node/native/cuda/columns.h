// What a thread of every kernel does: it walks a tensor in steps that are a multiple of its parameters' sizes, four
// neighbours at a time. Its four columns stay, and what they need of the parameters is computed once.
//
// Element i of the tensor belongs to beta[i mod betas] and coeff[i mod coeffs].

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

#include "../form.h"
using ctu::Form;
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

CTU_INLINE void nothing() {}

// Elements i, i + stride, ... below n and the three behind each: result = element(k, x, dy) for k = 0 to 3, and after
// each four `rowDone`. Neither dy is read nor result written where the kernel has none. Pointers that are not aligned
// to 16 bytes cost speed.
template <bool hasDy, bool hasResult, class Element, class RowDone>
CTU_INLINE void walk(const float *x, const float *dy, float *result, long long n, long long i, long long stride,
                     const Element &element, const RowDone &rowDone) {
  if (isAligned(x) && (!hasDy || isAligned(dy)) && (!hasResult || isAligned(result)))
    for (; i + 4 <= n; i += stride) {
      const Four in = *(const Four *)(x + i), up = hasDy ? *(const Four *)(dy + i) : in;
      Four out;
#pragma unroll
      for (int k = 0; k < 4; k++) out.at[k] = element(k, in.at[k], up.at[k]);
      if (hasResult) *(Four *)(result + i) = out;
      rowDone();
    }
  for (; i < n; i += stride) {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      if (i + k >= n) continue;
      const float of = element(k, x[i + k], hasDy ? dy[i + k] : 0.0f);
      if (hasResult) result[i + k] = of;
    }
    rowDone();
  }
}
