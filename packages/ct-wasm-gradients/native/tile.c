// One axis of a tiling: x[outer][words] -> y[outer][repeats][words], of 4-byte words of any type.
#include "vector.h"

void EXPORT(tile)(const float *x, float *y, u32 outer, u32 words, u32 repeats) {
  for (u32 o = 0; o < outer; o++, x += words)
    for (u32 r = 0; r < repeats; r++, y += words) {
      u32 i = 0;
      for (; i + 4 <= words; i += 4) store(y + i, load(x + i));
      // As integers: a float's copy may lose the payload of a NaN.
      for (; i < words; i++) ((u32 *)y)[i] = ((const u32 *)x)[i];
    }
}
