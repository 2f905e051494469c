// y[i] = 1 where a[i] and b[i] stand in the relation, else 0; b repeats itself or is a single number, as in binary.c.
#include "vector.h"

typedef int I __attribute__((vector_size(16)));
typedef unsigned char Bytes __attribute__((vector_size(16), aligned(1)));

// In the order of src/compare.ts.
enum { EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL };

INLINE I relation(int op, F a, F b) {
  switch (op) {
    case EQUAL:
      return a == b;
    case NOT_EQUAL:
      return a != b;
    case GREATER:
      return a > b;
    case GREATER_EQUAL:
      return a >= b;
    case LESS:
      return a < b;
    default:
      return a <= b;
  }
}

INLINE void run(int op, const float *a, const float *b, u32 bs, unsigned char *y, u32 n) {
  F one = splat(*b);
  for (u32 start = 0; start < n; start += bs == 1 ? n : bs) {
    u32 count = bs == 1 ? n : bs, i = 0;
    for (; i + 4 <= count; i += 4) {
      I holds = relation(op, load(a + i), bs == 1 ? one : load(b + i)) & 1;
      *(u32 *)__builtin_assume_aligned(y + i, 1) = holds[0] | holds[1] << 8 | holds[2] << 16 | holds[3] << 24;
    }
    for (; i < count; i++) y[i] = relation(op, splat(a[i]), splat(bs == 1 ? *b : b[i]))[0] & 1;
    a += count;
    y += count;
  }
}

void EXPORT(compare)(int op, const float *a, const float *b, u32 bs, unsigned char *y, u32 n) {
  switch (op) {
    case EQUAL:
      return run(EQUAL, a, b, bs, y, n);
    case NOT_EQUAL:
      return run(NOT_EQUAL, a, b, bs, y, n);
    case GREATER:
      return run(GREATER, a, b, bs, y, n);
    case GREATER_EQUAL:
      return run(GREATER_EQUAL, a, b, bs, y, n);
    case LESS:
      return run(LESS, a, b, bs, y, n);
    default:
      return run(LESS_EQUAL, a, b, bs, y, n);
  }
}

// Whether both are not 0.
void EXPORT(logical_and)(const unsigned char *a, const unsigned char *b, unsigned char *y, u32 n) {
  u32 i = 0;
  for (; i + 16 <= n; i += 16) {
    Bytes x = *(const Bytes *)(a + i), z = *(const Bytes *)(b + i);
    *(Bytes *)(y + i) = (Bytes)((x != 0) & (z != 0)) & 1;
  }
  for (; i < n; i++) y[i] = a[i] != 0 && b[i] != 0;
}

// Each 0 and 1 as a number.
void EXPORT(bools_to_floats)(const unsigned char *x, float *y, u32 n) {
  u32 i = 0;
  for (; i + 4 <= n; i += 4) {
    I four = {x[i], x[i + 1], x[i + 2], x[i + 3]};
    store(y + i, __builtin_convertvector(four, F));
  }
  for (; i < n; i++) y[i] = x[i];
}
