// y[i] = a[i mod as] op b[i mod bs] for n elements; the larger of as and bs is n.
#include "vector.h"

// In the order of src/binary.ts.
enum { ADD, SUBTRACT, MULTIPLY, DIVIDE };

INLINE F apply(int op, F a, F b) { return op == ADD ? a + b : op == SUBTRACT ? a - b : op == MULTIPLY ? a * b : a / b; }

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
    default:
      return run(DIVIDE, a, as, b, bs, y, n);
  }
}
