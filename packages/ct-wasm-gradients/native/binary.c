// y[i] = a[i mod as] op b[i mod bs] for n elements; the larger of as and bs is n.
#include "vector.h"

// In the order of src/binary.ts.
enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM };

typedef int I __attribute__((vector_size(16)));

INLINE F choose(I first, F a, F b) { return (F)(((I)a & first) | ((I)b & ~first)); }

INLINE F apply(int op, F a, F b) {
  switch (op) {
    case ADD:
      return a + b;
    case SUBTRACT:
      return a - b;
    case MULTIPLY:
      return a * b;
    case DIVIDE:
      return a / b;
    // NaN of either arrives: that of a is taken for itself, that of b compares false.
    case MAXIMUM:
      return choose((a > b) | (a != a), a, b);
    default:
      return choose((a < b) | (a != a), a, b);
  }
}

// A step of 0 repeats a single number.
INLINE void row(int op, const float *a, u32 stepA, const float *b, u32 stepB, float *y, u32 n) {
  u32 i = 0;
  F oneA = splat(*a), oneB = splat(*b);
  for (; i + 4 <= n; i += 4) store(y + i, apply(op, stepA ? load(a + i) : oneA, stepB ? load(b + i) : oneB));
  for (; i < n; i++) y[i] = apply(op, splat(a[i * stepA]), splat(b[i * stepB]))[0];
}

INLINE void run(int op, const float *a, u32 as, const float *b, u32 bs, float *y, u32 n) {
  if (as == n && bs == n) return row(op, a, 1, b, 1, y, n);
  if (bs == 1) return row(op, a, 1, b, 0, y, n);
  if (as == 1) return row(op, a, 0, b, 1, y, n);
  if (as == n)
    for (u32 i = 0; i < n; i += bs) row(op, a + i, 1, b, 1, y + i, bs);
  else
    for (u32 i = 0; i < n; i += as) row(op, a, 1, b + i, 1, y + i, as);
}

void EXPORT(binary)(int op, const float *a, u32 as, const float *b, u32 bs, float *y, u32 n) {
  switch (op) {
    case ADD:
      return run(ADD, a, as, b, bs, y, n);
    case SUBTRACT:
      return run(SUBTRACT, a, as, b, bs, y, n);
    case MULTIPLY:
      return run(MULTIPLY, a, as, b, bs, y, n);
    case DIVIDE:
      return run(DIVIDE, a, as, b, bs, y, n);
    case MAXIMUM:
      return run(MAXIMUM, a, as, b, bs, y, n);
    default:
      return run(MINIMUM, a, as, b, bs, y, n);
  }
}
