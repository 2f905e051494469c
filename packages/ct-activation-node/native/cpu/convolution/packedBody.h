// The copy of packed.h for one ISA: included by body.h.

// One pixel's blocks, which lie `blockFloats` apart: as many channels as there are, and zeros.
CTU_INLINE void packPixel(const float *from, int64_t channels, int64_t blocks, int64_t blockFloats, float *into) {
  for (int64_t b = 0; b < blocks; b++, into += blockFloats)
    for (int c = 0; c < Packed::kBlock; c += CTU_LANES) {
      const int64_t start = b * Packed::kBlock + c, left = channels - start;
      const int64_t lanes = left < 0 ? 0 : left < CTU_LANES ? left : CTU_LANES;
      storeLanes(into + c, loadLanesPart(from + start, (int)lanes));
    }
}

// Of one image the blocks [block, endBlock), one after the other, of the rows that begin with `first`, which may lie
// beyond the edges.
static void packBlocks(const Packed &of, const float *image, int64_t block, int64_t endBlock, int64_t first,
                       int64_t rows, float *into) {
  const int64_t stride = of.image.channels, start = block * Packed::kBlock;
  const int64_t channels = stride - start, blocks = endBlock - block, blockFloats = rows * of.rowFloats;
  const int64_t across = of.reach.across, columns = of.planeColumns;
  for (int64_t row = first; row < first + rows; row++) {
    const bool isInside = row >= 0 && row < of.image.height;
    const float *from = image + row * of.image.width * stride + start;
    for (int64_t plane = 0; plane < across; plane++) {
      // Where the image begins and ends in it.
      const int64_t before = of.reach.left - plane, behind = of.image.width + before;
      int64_t begin = before <= 0 ? 0 : (before + across - 1) / across;
      int64_t end = behind <= 0 ? 0 : (behind + across - 1) / across;
      begin = !isInside || begin > columns ? columns : begin;
      end = !isInside || end > columns ? columns : end;
      int64_t k = 0;
      for (; k < begin; k++, into += Packed::kBlock) packPixel(from, 0, blocks, blockFloats, into);
      for (; k < end; k++, into += Packed::kBlock)
        packPixel(from + (k * across - before) * stride, channels, blocks, blockFloats, into);
      for (; k < columns; k++, into += Packed::kBlock) packPixel(from, 0, blocks, blockFloats, into);
    }
  }
}
