// The copy of packed.h for one ISA: included by body.h.

// Of one image's block, the rows that begin with `first`, which may lie beyond the edges.
static void packBlock(const Packed &of, const float *image, int64_t block, int64_t first, int64_t rows, float *into) {
  const int64_t channels = of.image.channels, start = block * Packed::kBlock;
  const int64_t count = channels - start < Packed::kBlock ? channels - start : Packed::kBlock;
  for (int64_t row = first; row < first + rows; row++) {
    const bool isInside = row >= 0 && row < of.image.height;
    for (int64_t plane = 0; plane < of.reach.across; plane++)
      for (int64_t k = 0; k < of.planeColumns; k++, into += Packed::kBlock) {
        const int64_t column = k * of.reach.across + plane - of.reach.left;
        const bool isThere = isInside && column >= 0 && column < of.image.width;
        const float *from = image + (row * of.image.width + column) * channels + start;
        if (isThere && count == Packed::kBlock) {
          std::memcpy(into, from, Packed::kBlock * sizeof(float));
          continue;
        }
        std::memset(into, 0, Packed::kBlock * sizeof(float));
        for (int c = 0; isThere && c < count; c++) into[c] = from[c];
      }
  }
}
