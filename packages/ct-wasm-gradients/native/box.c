// A box cut out of a tensor, or set into one, as runs of 4-byte words of any type that lie together: `rows` of them in
// each of `outer` parts, so many words from one to the next.
#include "vector.h"

void EXPORT(copy_runs)(const float *x, u32 xOuter, u32 xRow, float *y, u32 yOuter, u32 yRow, u32 outer, u32 rows,
                       u32 words) {
  for (u32 o = 0; o < outer; o++)
    for (u32 r = 0; r < rows; r++) {
      const float *from = x + o * xOuter + r * xRow;
      float *to = y + o * yOuter + r * yRow;
      u32 i = 0;
      for (; i + 4 <= words; i += 4) store(to + i, load(from + i));
      // As integers: a float's copy may lose the payload of a NaN.
      for (; i < words; i++) ((u32 *)to)[i] = ((const u32 *)from)[i];
    }
}

void EXPORT(clear)(float *y, u32 words) {
  u32 i = 0;
  for (; i + 4 <= words; i += 4) store(y + i, splat(0.0f));
  for (; i < words; i++) y[i] = 0.0f;
}
