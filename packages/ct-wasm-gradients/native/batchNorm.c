// y = (x - mean) * scale / sqrt(variance + epsilon) + offset, one of each per channel.
#include "vector.h"

u32 EXPORT(batch_norm_scratch)(u32 channels) { return 15 + 2 * bytes(channels, 4); }

// `offset` and `scale` may be null: 0 and 1.
void EXPORT(batch_norm)(const float *x, const float *mean, const float *variance, const float *offset,
                        const float *scale, double epsilon, float *y, u32 rows, u32 channels, char *scratch) {
  float *factors = (float *)aligned(scratch);
  float *offsets = (float *)((char *)factors + bytes(channels, 4));
  for (u32 c = 0; c < channels; c++) {
    factors[c] = (float)((scale ? (double)scale[c] : 1.0) / __builtin_sqrt((double)variance[c] + epsilon));
    offsets[c] = offset ? offset[c] : 0.0f;
  }
  // (x - mean) * factor, and not x * factor + shift: the latter cancels where the mean is large.
  for (u32 r = 0; r < rows; r++, x += channels, y += channels) {
    u32 c = 0;
    for (; c + 4 <= channels; c += 4)
      store(y + c, (load(x + c) - load(mean + c)) * load(factors + c) + load(offsets + c));
    for (; c < channels; c++) y[c] = (x[c] - mean[c]) * factors[c] + offsets[c];
  }
}
