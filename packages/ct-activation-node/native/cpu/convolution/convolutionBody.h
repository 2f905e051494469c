// The loops of convolution.h over one unit, for one ISA: included by body.h.
//
// Sums of `pixels` neighbours times `vectors` vectors of channels stay in registers over all taps and one block of the
// source's channels: a row of the filter's matrix is loaded once, each entry of the source repeated into a vector.

// The most pixels for a number of vectors that registers hold beside what is multiplied.
#if CTU_LANES == 16
constexpr int kMostVectors = 4;
constexpr int mostPixels(int vectors) { return vectors == 4 ? 6 : vectors == 2 ? 10 : 14; }
#else
constexpr int kMostVectors = 2;
constexpr int mostPixels(int vectors) { return vectors == 2 ? 6 : 8; }
#endif

struct ConvolutionTile {
  const float *source, *filter;
  const Convolution::Tap *taps;
  int64_t count, channels, pitch;
  // What the sums begin with: one row for all pixels, or, where it is null, the target.
  const float *start;
  // Pixels of which are `step` floats apart; the last vector has `lanes` lanes of it.
  float *target;
  int64_t step;
  int lanes;
};

template <int pixels, int vectors>
static void convolveTile(const ConvolutionTile &tile) {
  // A copy, which no store can change.
  const ConvolutionTile of = tile;
  V sums[pixels][vectors];
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int q = 0; q < vectors; q++) {
      const float *from = (of.start == nullptr ? of.target + p * of.step : of.start) + q * CTU_LANES;
      sums[p][q] = of.start == nullptr && q == vectors - 1 ? loadLanesPart(from, of.lanes) : loadLanes(from);
    }
  for (int64_t tap = 0; tap < of.count; tap++) {
    const float *source = of.source + of.taps[tap].source, *filter = of.filter + of.taps[tap].filter;
    for (int64_t c = 0; c < of.channels; c++, filter += of.pitch) {
      V row[vectors];
#pragma GCC unroll 4
      for (int q = 0; q < vectors; q++) row[q] = loadLanes(filter + q * CTU_LANES);
#pragma GCC unroll 16
      for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) sums[p][q] += source[p * Packed::kBlock + c] * row[q];
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int q = 0; q < vectors; q++) {
      float *into = of.target + p * of.step + q * CTU_LANES;
      if (q == vectors - 1)
        storeLanesPart(into, sums[p][q], of.lanes);
      else
        storeLanes(into, sums[p][q]);
    }
}

template <int pixels, int vectors>
CTU_INLINE void convolvePixels(int64_t count, const ConvolutionTile &of) {
  if (count == pixels) return convolveTile<pixels, vectors>(of);
  if constexpr (pixels > 1) convolvePixels<pixels - 1, vectors>(count, of);
}

// `vectors` vectors of the target's channels from `first` on.
template <int vectors>
static void convolveChannels(const Convolution &of, const Convolution::Unit &unit, const float *packed, int64_t first) {
  const Packed &from = of.packed;
  const int64_t channels = of.target.channels, column = of.across * channels;
  const int64_t blockFloats = from.rows(unit.rows) * from.rowFloats;
  const int64_t lastLanes = channels - first - (vectors - 1) * CTU_LANES;
  ConvolutionTile tile;
  tile.pitch = of.pitch;
  tile.step = column;
  tile.lanes = (int)(lastLanes < CTU_LANES ? lastLanes : CTU_LANES);
  // Without channels the result is the bias.
  for (int64_t block = 0; block == 0 || block < from.blocks; block++) {
    const int64_t left = from.image.channels - block * Packed::kBlock;
    tile.channels = left < Packed::kBlock ? left : Packed::kBlock;
    tile.start = block == 0 ? of.bias + first : nullptr;
    tile.filter = of.filter + block * Packed::kBlock * of.pitch + first;
    for (int64_t g = 0; g < of.gridCount; g++) {
      const Convolution::Grid &grid = of.grids[g];
      tile.taps = grid.taps;
      tile.count = grid.count;
      const int64_t end = unit.firstRow + unit.rows < grid.rows ? unit.firstRow + unit.rows : grid.rows;
      const int64_t tiles = (grid.columns + mostPixels(vectors) - 1) / mostPixels(vectors);
      for (int64_t image = 0; image < unit.images; image++)
        for (int64_t row = unit.firstRow; row < end; row++) {
          tile.source = packed + (image * from.blocks + block) * blockFloats +
                        (row - unit.firstRow) * from.reach.down * from.rowFloats;
          const int64_t y = (unit.firstImage + image) * of.target.height + row * of.down + grid.row;
          tile.target = of.result + (y * of.target.width + grid.column) * channels + first;
          for (int64_t k = 0; k < tiles; k++) {
            const int64_t pixels = (grid.columns + k) / tiles;
            convolvePixels<mostPixels(vectors), vectors>(pixels, tile);
            tile.source += pixels * Packed::kBlock;
            tile.target += pixels * column;
          }
        }
    }
  }
}

static void convolveUnit(const Convolution &of, const Convolution::Unit &unit, float *packed) {
  const Packed &from = of.packed;
  const int64_t rows = from.rows(unit.rows), imageFloats = from.image.height * from.image.width * from.image.channels;
  for (int64_t image = 0; image < unit.images; image++)
    packBlocks(from, of.source + (unit.firstImage + image) * imageFloats, 0, from.blocks,
               unit.firstRow * from.reach.down - from.reach.top, rows,
               packed + image * from.blocks * rows * from.rowFloats);
  int64_t first = 0;
  while (first < of.target.channels) {
    const int64_t vectors = (of.target.channels - first + CTU_LANES - 1) / CTU_LANES;
    if (kMostVectors == 4 && vectors >= 4) {
      convolveChannels<kMostVectors>(of, unit, packed, first);
      first += kMostVectors * CTU_LANES;
    } else if (vectors >= 2) {
      convolveChannels<2>(of, unit, packed, first);
      first += 2 * CTU_LANES;
    } else {
      convolveChannels<1>(of, unit, packed, first);
      first += CTU_LANES;
    }
  }
}
