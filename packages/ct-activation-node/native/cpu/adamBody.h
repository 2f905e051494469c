// The loop of adam.h over the elements [from, to), for one ISA: included by body.h.

CTU_INLINE F adamUpdate(F w, F g, F &m, F &v, float scale, float byCorrection) {
  m = m * 0.9f + g * 0.1f;
  v = v * 0.999f + g * g * 0.001f;
  return w - m * scale / (squareRoot(v) * byCorrection + 1e-8f);
}

static void adamRange(AdamStep &step, int64_t from, int64_t to) {
  const auto &[weights, gradient, first, second, updated, n] = step.arrays;
  const float scale = step.scale, byCorrection = step.byCorrection;
  int64_t i = from;
  for (; i + kStep <= to; i += kStep) {
    F m = load(first + i), v = load(second + i);
    store(updated + i, adamUpdate(load(weights + i), load(gradient + i), m, v, scale, byCorrection));
    store(first + i, m);
    store(second + i, v);
  }
  if (i == to) return;
  const int rest = (int)(to - i);
  F m = loadPart(first + i, rest), v = loadPart(second + i, rest);
  const F w = adamUpdate(loadPart(weights + i, rest), loadPart(gradient + i, rest), m, v, scale, byCorrection);
  storePart(updated + i, w, rest);
  storePart(first + i, m, rest);
  storePart(second + i, v, rest);
}
