// The loops of filterGradient.h over one unit, for one ISA: included by body.h.
//
// For a tap of the filter, sums for `rows` of x's channels times `vectors` vectors of dy's stay in registers over the
// pixels of a piece: a few images, or a few rows of one.

// Rows that registers hold beside what is multiplied.
#if CTU_LANES == 16
constexpr int mostRows(int vectors) { return vectors == 2 ? 8 : 16; }
#else
constexpr int mostRows(int vectors) { return vectors == 2 ? 4 : 8; }
#endif

struct GradientTile {
  // The first entries that meet; those of the next pixels in a row lie Packed::kBlock and `pitch` further on.
  const float *source, *dy;
  int64_t images, rows, columns;
  // From one image, or row, to the next.
  int64_t sourceImage, sourceRow, dyImage, pitch;
  // Rows of which are `pitch` apart; only so many of them are there. Whether they have been begun.
  float *sums;
  int64_t channels;
  bool isBegun;
};

template <int rows, int vectors>
static void gradientTile(const GradientTile &tile) {
  // A copy, which no store can change.
  const GradientTile of = tile;
  V sums[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int q = 0; q < vectors; q++) sums[r][q] = V{};
  for (int64_t image = 0; image < of.images; image++)
    for (int64_t i = 0; i < of.rows; i++) {
      const float *source = of.source + image * of.sourceImage + i * of.sourceRow;
      const float *dy = of.dy + image * of.dyImage + i * of.columns * of.pitch;
      for (int64_t j = 0; j < of.columns; j++, source += Packed::kBlock, dy += of.pitch) {
        V row[vectors];
#pragma GCC unroll 2
        for (int q = 0; q < vectors; q++) row[q] = loadLanes(dy + q * CTU_LANES);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
          for (int q = 0; q < vectors; q++) sums[r][q] += source[r] * row[q];
      }
    }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    if (r >= of.channels) break;
#pragma GCC unroll 2
    for (int q = 0; q < vectors; q++) {
      float *into = of.sums + r * of.pitch + q * CTU_LANES;
      storeLanes(into, of.isBegun ? loadLanes(into) + sums[r][q] : sums[r][q]);
    }
  }
}

// `vectors` vectors of dy's channels, for all taps and the channels of a block.
template <int vectors>
static void gradientChannels(const FilterGradient &of, const FilterGradient::Unit &unit, const float *packed,
                             GradientTile tile) {
  const ConvolutionShape &shape = of.shape;
  const int64_t first = unit.block * Packed::kBlock;
  const int64_t channels = shape.in - first < Packed::kBlock ? shape.in - first : Packed::kBlock;
  float *sums = tile.sums + first * of.pitch;
  for (int64_t k = 0; k < shape.rows; k++)
    for (int64_t l = 0; l < shape.columns; l++, sums += shape.in * of.pitch)
      for (int64_t c = 0; c < channels; c += mostRows(vectors)) {
        tile.source = packed + of.packed.at(k, l) + c;
        tile.sums = sums + c * of.pitch;
        tile.channels = channels - c;
        if (tile.channels == 1)
          gradientTile<1, vectors>(tile);
        else if (tile.channels <= 4)
          gradientTile<4, vectors>(tile);
        else
          gradientTile<mostRows(vectors), vectors>(tile);
      }
}

static void filterGradientUnit(const FilterGradient &of, const FilterGradient::Unit &unit, float *packed) {
  const ConvolutionShape &shape = of.shape;
  GradientTile tile;
  tile.columns = shape.outWidth;
  tile.sourceRow = shape.down * of.packed.rowFloats;
  tile.dyImage = shape.outHeight * shape.outWidth * of.pitch;
  tile.pitch = of.pitch;
  tile.isBegun = false;
  for (int64_t image = unit.firstImage; image < unit.endImage; image += of.imagesAtOnce)
    for (int64_t row = 0; row < shape.outHeight; row += of.rowsAtOnce) {
      tile.images = unit.endImage - image < of.imagesAtOnce ? unit.endImage - image : of.imagesAtOnce;
      tile.rows = shape.outHeight - row < of.rowsAtOnce ? shape.outHeight - row : of.rowsAtOnce;
      const int64_t packedRows = of.packed.rows(tile.rows);
      tile.sourceImage = packedRows * of.packed.rowFloats;
      for (int64_t k = 0; k < tile.images; k++)
        packBlocks(of.packed, of.x + (image + k) * shape.height * shape.width * shape.in, unit.block, unit.block + 1,
                   row * shape.down - shape.top, packedRows, packed + k * tile.sourceImage);
      const float *dy = of.dy + image * tile.dyImage + row * shape.outWidth * of.pitch;
      for (int64_t first = 0; first < shape.out;) {
        tile.dy = dy + first;
        tile.sums = unit.sums + first;
        if (shape.out - first > CTU_LANES) {
          gradientChannels<2>(of, unit, packed, tile);
          first += 2 * CTU_LANES;
        } else {
          gradientChannels<1>(of, unit, packed, tile);
          first += CTU_LANES;
        }
      }
      tile.isBegun = true;
    }
}
