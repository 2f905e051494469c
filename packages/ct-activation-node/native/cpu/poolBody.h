// The loop of pool.h over the channels [first, end) of one image, for one ISA: included by body.h.

// One window's share of one vector of channels; `fewer` lanes of it where that is not 0. `x` and `dx` point to the
// window's first entry within the image, whose neighbours below and beside lie `row` and `column` further on.
CTU_INLINE void poolWindow(const float *x, const float *dy, float *dx, int64_t rows, int64_t columns, int64_t row,
                           int64_t column, int fewer) {
  const auto read = [fewer](const float *p) {
    if (fewer == 0) return loadLanes(p);
    float padded[CTU_LANES] = {};
    for (int k = 0; k < fewer; k++) padded[k] = p[k];
    return loadLanes(padded);
  };
  V best = read(x);
  VI place = VI{};
  int32_t at = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++, at++) {
      const V value = read(x + i * row + j * column);
      const VI isGreater = best < value;
      best = isGreater ? value : best;
      place = isGreater ? VI{} + at : place;
    }
  const V given = read(dy);
  at = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++, at++) {
      float *into = dx + i * row + j * column;
      const V sum = read(into) + (place == at ? given : V{});
      if (fewer == 0) storeLanes(into, sum);
      else
        for (int k = 0; k < fewer; k++) into[k] = sum[k];
    }
}

static void poolChannels(MaxPoolGradient &of, int64_t image, int64_t first, int64_t end) {
  const MaxPoolGradient::Shape &shape = of.shape;
  const MaxPoolGradient::Window &window = of.window;
  const int64_t column = shape.channels, row = shape.width * column;
  const float *x = of.x + image * shape.height * row, *dy = of.dy + image * shape.outHeight * shape.outWidth * column;
  float *dx = of.dx + image * shape.height * row;
  for (int64_t pixel = 0; pixel < shape.height * shape.width; pixel++)
    std::memset(dx + pixel * column + first, 0, (size_t)(end - first) * sizeof(float));
  for (int64_t i = 0; i < shape.outHeight; i++)
    for (int64_t j = 0; j < shape.outWidth; j++, dy += column) {
      int64_t top = i * window.down - window.top, left = j * window.across - window.left;
      const int64_t bottom = top + window.height < shape.height ? top + window.height : shape.height;
      const int64_t right = left + window.width < shape.width ? left + window.width : shape.width;
      top = top < 0 ? 0 : top;
      left = left < 0 ? 0 : left;
      if (bottom <= top || right <= left) continue;
      const int64_t start = top * row + left * column;
      int64_t c = first;
      for (; c + CTU_LANES <= end; c += CTU_LANES)
        poolWindow(x + start + c, dy + c, dx + start + c, bottom - top, right - left, row, column, 0);
      if (c < end)
        poolWindow(x + start + c, dy + c, dx + start + c, bottom - top, right - left, row, column, (int)(end - c));
    }
}
