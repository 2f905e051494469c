// Sums over a block of neighbouring axes: x[outer][count][inner] -> y[outer][inner], times `scale`.
#include "vector.h"

// Rows between two additions to the float64 sums: so many float32 sums keep 7 digits.
#define ROWS 64

// Columns summed at a time, which bounds the scratch memory.
#define COLUMNS 2048

u32 EXPORT(sum_scratch)(u32 inner) {
  return 15 + bytes(smaller(inner, COLUMNS), 4) + bytes(smaller(inner, COLUMNS), 8);
}

INLINE void addRow(float *to, const float *from, u32 count) {
  u32 i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, load(to + i) + load(from + i));
  for (; i < count; i++) to[i] += from[i];
}

// sums += rows, for columns that fit into registers
INLINE void addRows(float *to, const float *from, u32 rows, u32 step) {
  F s[4];
  UNROLL for (int v = 0; v < 4; v++) s[v] = load(to + 4 * v);
  for (u32 r = 0; r < rows; r++, from += step) UNROLL for (int v = 0; v < 4; v++) s[v] += load(from + 4 * v);
  UNROLL for (int v = 0; v < 4; v++) store(to + 4 * v, s[v]);
}

// The sum of one row of numbers.
INLINE double sumRow(const float *x, u32 count) {
  double total = 0.0;
  u32 i = 0;
  while (i + 16 <= count) {
    u32 end = smaller(count, i + 16 * ROWS);
    F s[4];
    UNROLL for (int v = 0; v < 4; v++) s[v] = splat(0.0f);
    for (; i + 16 <= end; i += 16) UNROLL for (int v = 0; v < 4; v++) s[v] += load(x + i + 4 * v);
    F four = (s[0] + s[1]) + (s[2] + s[3]);
    total += ((double)four[0] + four[1]) + ((double)four[2] + four[3]);
  }
  for (; i < count; i++) total += x[i];
  return total;
}

void EXPORT(sum)(const float *x, float *y, u32 outer, u32 count, u32 inner, double scale, char *scratch) {
  if (inner == 1) {
    for (u32 o = 0; o < outer; o++, x += count) y[o] = (float)(sumRow(x, count) * scale);
    return;
  }
  float *some = (float *)aligned(scratch);
  double *all = (double *)((char *)some + bytes(smaller(inner, COLUMNS), 4));
  for (u32 o = 0; o < outer; o++, x += count * inner, y += inner) {
    for (u32 first = 0; first < inner; first += COLUMNS) {
      u32 columns = smaller(COLUMNS, inner - first);
      for (u32 i = 0; i < columns; i++) all[i] = 0.0;
      for (u32 row = 0; row < count; row += ROWS) {
        u32 rows = smaller(ROWS, count - row), i = 0;
        const float *from = x + row * inner + first;
        zero(some, columns);
        for (; i + 16 <= columns; i += 16) addRows(some + i, from + i, rows, inner);
        for (u32 r = 0; r < rows; r++, from += inner) addRow(some + i, from + i, columns - i);
        for (i = 0; i < columns; i++) all[i] += (double)some[i];
      }
      for (u32 i = 0; i < columns; i++) y[first + i] = (float)(all[i] * scale);
    }
  }
}
