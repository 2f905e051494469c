// The loops of normalize.h over one unit, for one ISA: included by body.h.

// What a tile's columns need of their channels, and what they gather since the last flush.
struct alignas(64) NormalizeTile {
  Tile unit;
  float mean[kColumns], factor[kColumns], offset[kColumns], shift[kColumns], slant[kColumns];
  float sum[kColumns], product[kColumns];
  float z[kColumns];
};

// mean and the corrected sum of squares of each column, about the mean of each block of rows.
CTU_INLINE void statistics(Normalization &of, const Walk::Unit &unit) {
  ChannelSums *sums = of.partial(unit);
  const int columns = (int)unit.columns;
  const int64_t width = of.width();
  int64_t endRow = unit.endRow;
  // Of the last row there may be the first columns alone.
  const bool isRagged = endRow * width > of.n;
  if (isRagged) endRow--;
  alignas(64) float mean[kColumns], sum[kColumns], product[kColumns];
  for (int64_t first = unit.firstRow; first < endRow; first += kRowsPerFlush) {
    const int64_t rows = endRow - first < kRowsPerFlush ? endRow - first : kRowsPerFlush;
    const float *from = of.x + first * width + unit.firstColumn;
    const float byRows = (float)(1.0 / (double)rows);
    const auto column = [&](int i, auto at) {
      F total = at(0);
      for (int64_t row = 1; row < rows; row++) total += at(row);
      const F middle = total * byRows;
      F s = F{}, p = F{};
      for (int64_t row = 0; row < rows; row++) {
        const F d = at(row) - middle;
        s += d;
        p += d * d;
      }
      store(mean + i, middle);
      store(sum + i, s);
      store(product + i, p);
    };
    int i = 0;
    for (; i + kStep <= columns; i += kStep) column(i, [&](int64_t row) { return load(from + row * width + i); });
    if (i < columns) column(i, [&](int64_t row) { return loadPart(from + row * width + i, columns - i); });
    for (i = 0; i < columns; i++) {
      const double rest = (double)sum[i] / (double)rows;
      merge(sums[i], (double)rows, (double)mean[i] + rest, (double)product[i] - rest * rest * (double)rows);
    }
  }
  if (!isRagged) return;
  const int64_t start = endRow * width + unit.firstColumn;
  for (int i = 0; i < columns && start + i < of.n; i++) merge(sums[i], 1.0, of.x[start + i], 0.0);
}

CTU_INLINE void prepareNormalization(NormalizeTile &tile, const Normalization &of, int64_t first, int columns,
                                     bool hasUnit) {
  const int count = (columns + kStep - 1) / kStep * kStep;
  const auto column = [&](const float *values, float *into) {
    repeat(Parameter{values, of.channels.count}, first, count, into);
  };
  column(of.channels.mean, tile.mean);
  column(of.factor.data(), tile.factor);
  column(of.channels.offset, tile.offset);
  if (of.step == Normalization::Step::kInput) {
    column(of.shift.data(), tile.shift);
    column(of.slant.data(), tile.slant);
  }
  for (int i = 0; i < count; i++) tile.sum[i] = tile.product[i] = 0.0f;
  if (hasUnit)
    prepare(tile.unit, Parameter{of.channels.beta, of.channels.count}, Parameter{of.channels.coeff, of.channels.count},
            first, columns);
}

// First half of the work on a step of columns, where there is a unit: z and its powers.
CTU_INLINE void normalizeStep(NormalizeTile &tile, int64_t i, F x) {
  const F z = (x - load(tile.mean + i)) * load(tile.factor + i) + load(tile.offset + i);
  store(tile.z + i, z);
  raise(tile.unit, i, z);
}

// Second half, or all of it.
template <Normalization::Step step, bool hasUnit>
CTU_INLINE F applyNormalization(NormalizeTile &tile, int64_t i, F x, F dy) {
  using Step = Normalization::Step;
  const F d = x - load(tile.mean + i);
  if (step == Step::kInput) return load(tile.factor + i) * ((dy - load(tile.shift + i)) - d * load(tile.slant + i));
  if (step == Step::kValue)
    return hasUnit ? applyForm<Kind::kValue, false>(tile.unit, i, load(tile.z + i), dy, kPlain)
                   : d * load(tile.factor + i) + load(tile.offset + i);
  F g = dy;
  if (hasUnit)
    g = step == Step::kAllSums ? applyForm<Kind::kSlopes, false>(tile.unit, i, load(tile.z + i), dy, kPlain)
                               : applyForm<Kind::kSlope, false>(tile.unit, i, load(tile.z + i), dy, kPlain);
  store(tile.sum + i, load(tile.sum + i) + g);
  store(tile.product + i, load(tile.product + i) + g * d);
  return g;
}

template <Normalization::Step step>
CTU_INLINE void flushNormalization(NormalizeTile &tile, int columns, ChannelSums *sums) {
  for (int i = 0; i < columns; i++) {
    sums[i].sum += (double)tile.sum[i];
    sums[i].product += (double)tile.product[i];
    tile.sum[i] = tile.product[i] = 0.0f;
    if (step != Normalization::Step::kAllSums) continue;
    sums[i].dbeta += (double)tile.unit.dbeta[i];
    sums[i].dcoeff -= (double)tile.unit.dcoeff[i];
    tile.unit.dbeta[i] = tile.unit.dcoeff[i] = 0.0f;
  }
}

template <Normalization::Step step, bool hasUnit>
CTU_INLINE void normalize(Normalization &of, const Walk::Unit &unit) {
  using Step = Normalization::Step;
  constexpr bool sums = step == Step::kSums || step == Step::kAllSums;
  NormalizeTile tile;
  const int columns = (int)unit.columns;
  prepareNormalization(tile, of, unit.firstColumn, columns, hasUnit);
  int rows = 0;
  for (int64_t row = unit.firstRow; row < unit.endRow; row++) {
    const int64_t start = row * of.width() + unit.firstColumn;
    if (start >= of.n) break;
    const int64_t count = of.n - start < columns ? of.n - start : columns;
    const float *x = of.x + start;
    const float *dy = step == Step::kValue ? x : of.dy + start;
    float *result = of.result + start;
    int64_t i = 0;
    if (hasUnit)
      for (; i + kStep <= count; i += kStep) normalizeStep(tile, i, load(x + i));
    for (i = 0; i + kStep <= count; i += kStep) {
      const F value = applyNormalization<step, hasUnit>(tile, i, load(x + i), load(dy + i));
      if (!sums || hasUnit) store(result + i, value);
    }
    if (i < count) {
      // With dy = 0 the empty lanes add nothing to the sums.
      float xs[kStep] = {}, dys[kStep] = {}, values[kStep];
      for (int64_t k = i; k < count; k++) {
        xs[k - i] = x[k];
        dys[k - i] = dy[k];
      }
      if (hasUnit) normalizeStep(tile, i, load(xs));
      store(values, applyNormalization<step, hasUnit>(tile, i, load(xs), load(dys)));
      if (!sums || hasUnit)
        for (int64_t k = i; k < count; k++) result[k] = values[k - i];
    }
    if (sums && ++rows == kRowsPerFlush) {
      flushNormalization<step>(tile, columns, of.partial(unit));
      rows = 0;
    }
  }
  if (sums) flushNormalization<step>(tile, columns, of.partial(unit));
}

static void normalizeUnit(Normalization &of, const Walk::Unit &unit) {
  using Step = Normalization::Step;
  const bool hasUnit = of.channels.beta != nullptr;
  switch (of.step) {
    case Step::kStatistics:
      return statistics(of, unit);
    case Step::kValue:
      return hasUnit ? normalize<Step::kValue, true>(of, unit) : normalize<Step::kValue, false>(of, unit);
    case Step::kSums:
      return hasUnit ? normalize<Step::kSums, true>(of, unit) : normalize<Step::kSums, false>(of, unit);
    case Step::kAllSums:
      return normalize<Step::kAllSums, true>(of, unit);
    case Step::kInput:
      return normalize<Step::kInput, false>(of, unit);
  }
}
