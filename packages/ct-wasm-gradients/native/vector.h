// What all kernels of this folder share: four floats at a time, and a convolution's geometry.
//
// The module works in the memory of tfjs, so it must own nothing in it: no static data, no stack, no libc. The caller
// lends scratch memory. Arrays of vectors below are locals that full unrolling turns into registers.
#ifndef VECTOR_H
#define VECTOR_H

typedef unsigned int u32;

// clang's vector types: the arithmetic operators work lane by lane. Without SIMD the compiler takes the lanes apart.
typedef float F __attribute__((vector_size(16)));
typedef float Unaligned __attribute__((vector_size(16), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define EXPORT(name) __attribute__((export_name(#name))) name
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE F load(const float *p) { return *(const Unaligned *)p; }
INLINE void store(float *p, F a) { *(Unaligned *)p = a; }
INLINE F splat(float a) { return (F){a, a, a, a}; }

INLINE u32 smaller(u32 a, u32 b) { return a < b ? a : b; }
INLINE u32 roundUp(u32 a, u32 multiple) { return (a + multiple - 1) / multiple * multiple; }
// Scratch memory is cut into pieces that begin at multiples of 16 bytes.
INLINE u32 bytes(u32 count, u32 each) { return roundUp(count * each, 16); }
INLINE char *aligned(char *p) { return (char *)(((u32)p + 15) & ~15u); }

INLINE void zero(float *p, u32 count) {
  for (u32 i = 0; i < count; i++) p[i] = 0.0f;
}

// One spatial axis of a convolution: out = (in + pad - dilation * (filter - 1) - 1) / stride + 1, with pad on one side.
typedef struct {
  int in, filter, stride, dilation, pad, out;
} Axis;

#endif
