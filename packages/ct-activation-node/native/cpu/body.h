// The loops over one unit of a pass, for one ISA: vectors of CTU_LANES floats in the namespace ctu::CTU_ISA.
//
// Each ISA is a file of its own with its own compiler flags, because GCC 12 breaks vectors that are wider than the
// registers into scalars, ten times slower. Nothing but <cstdint>, <cstring> and intrinsics may be used here: inline
// functions of the standard library would be compiled for this ISA and could be linked into code that runs on any.
#include <cfloat>
#include <cstdint>
#include <cstring>
#if CTU_LANES > 4 || defined(__SSE2__)
#include <immintrin.h>
#endif

#include "isa.h"

#define CTU_INLINE static inline __attribute__((always_inline))

namespace ctu {
namespace CTU_ISA {

// GCC's and clang's vector types: the operators work lane by lane, a scalar operand is repeated.
typedef float V __attribute__((vector_size(4 * CTU_LANES)));
typedef int32_t VI __attribute__((vector_size(4 * CTU_LANES)));

// On x86 min and max return their second operand where either is NaN; the compiler does not find them by itself.
#if CTU_LANES == 16 && defined(__AVX512F__)
CTU_INLINE V lesser(V a, V b) { return _mm512_min_ps(b, a); }
CTU_INLINE V greater(V a, V b) { return _mm512_max_ps(b, a); }
CTU_INLINE V root(V a) { return _mm512_sqrt_ps(a); }
#elif CTU_LANES == 8 && defined(__AVX__)
CTU_INLINE V lesser(V a, V b) { return _mm256_min_ps(b, a); }
CTU_INLINE V greater(V a, V b) { return _mm256_max_ps(b, a); }
CTU_INLINE V root(V a) { return _mm256_sqrt_ps(a); }
#elif CTU_LANES == 4 && defined(__SSE2__)
CTU_INLINE V lesser(V a, V b) { return _mm_min_ps(b, a); }
CTU_INLINE V greater(V a, V b) { return _mm_max_ps(b, a); }
CTU_INLINE V root(V a) { return _mm_sqrt_ps(a); }
#else
CTU_INLINE V lesser(V a, V b) { return b < a ? b : a; }
CTU_INLINE V greater(V a, V b) { return a < b ? b : a; }
CTU_INLINE V root(V a) {
  for (int k = 0; k < CTU_LANES; k++) a[k] = __builtin_sqrtf(a[k]);
  return a;
}
#endif

// Two vectors side by side: their chains of dependent instructions alternate, so that neither waits for itself.
constexpr int kStep = 2 * CTU_LANES;
// In floats.
constexpr int kCacheLine = 16;
struct F {
  V a, b;
};
CTU_INLINE F operator+(F l, F r) { return {l.a + r.a, l.b + r.b}; }
CTU_INLINE F operator-(F l, F r) { return {l.a - r.a, l.b - r.b}; }
CTU_INLINE F operator*(F l, F r) { return {l.a * r.a, l.b * r.b}; }
CTU_INLINE F operator/(F l, F r) { return {l.a / r.a, l.b / r.b}; }
CTU_INLINE F operator+(F l, float r) { return {l.a + r, l.b + r}; }
CTU_INLINE F operator+(float l, F r) { return {l + r.a, l + r.b}; }
CTU_INLINE F operator-(F l, float r) { return {l.a - r, l.b - r}; }
CTU_INLINE F operator-(float l, F r) { return {l - r.a, l - r.b}; }
CTU_INLINE F operator*(F l, float r) { return {l.a * r, l.b * r}; }
CTU_INLINE F operator*(float l, F r) { return {l * r.a, l * r.b}; }
CTU_INLINE F operator/(float l, F r) { return {l / r.a, l / r.b}; }
CTU_INLINE F &operator+=(F &l, F r) { return l = l + r; }
CTU_INLINE F squareRoot(F l) { return {root(l.a), root(l.b)}; }
CTU_INLINE F least(F l, F r) { return {lesser(l.a, r.a), lesser(l.b, r.b)}; }
CTU_INLINE F most(F l, F r) { return {greater(l.a, r.a), greater(l.b, r.b)}; }
CTU_INLINE F magnitude(F l) { return {(V)((VI)l.a & 0x7fffffff), (V)((VI)l.b & 0x7fffffff)}; }
CTU_INLINE F powerOfTwo(F l) { return {(V)((VI)l.a << 23), (V)((VI)l.b << 23)}; }
CTU_INLINE F quotient(F l, F r) { return l / r; }
CTU_INLINE F quotient(float l, F r) { return l / r; }
CTU_INLINE F wherePositive(F x, F l, F r) { return {x.a > 0.0f ? l.a : r.a, x.b > 0.0f ? l.b : r.b}; }

#include "../arithmetic.h"

CTU_INLINE F load(const float *p) {
  F l;
  std::memcpy(&l.a, p, sizeof l.a);
  std::memcpy(&l.b, p + CTU_LANES, sizeof l.b);
  return l;
}
CTU_INLINE void store(float *p, F l) {
  std::memcpy(p, &l.a, sizeof l.a);
  std::memcpy(p + CTU_LANES, &l.b, sizeof l.b);
}
CTU_INLINE V loadLanes(const float *p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
CTU_INLINE void storeLanes(float *p, V v) { std::memcpy(p, &v, sizeof v); }
// The first `count` lanes, and zeros.
CTU_INLINE V loadLanesPart(const float *p, int count) {
  if (count == CTU_LANES) return loadLanes(p);
#if CTU_LANES == 16 && defined(__AVX512F__)
  return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#elif CTU_LANES == 8 && defined(__AVX__)
  return _mm256_maskload_ps(p, (__m256i)(VI{0, 1, 2, 3, 4, 5, 6, 7} < count));
#else
  float padded[CTU_LANES] = {};
  for (int k = 0; k < count; k++) padded[k] = p[k];
  return loadLanes(padded);
#endif
}
CTU_INLINE void storeLanesPart(float *p, V v, int count) {
  if (count == CTU_LANES) return storeLanes(p, v);
#if CTU_LANES == 16 && defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), v);
#elif CTU_LANES == 8 && defined(__AVX__)
  _mm256_maskstore_ps(p, (__m256i)(VI{0, 1, 2, 3, 4, 5, 6, 7} < count), v);
#else
  for (int k = 0; k < count; k++) p[k] = v[k];
#endif
}
// The first `count` floats from p on, and zeros.
CTU_INLINE F loadPart(const float *p, int count) {
  float padded[kStep] = {};
  for (int k = 0; k < count; k++) padded[k] = p[k];
  return load(padded);
}
CTU_INLINE void storePart(float *p, F l, int count) {
  float padded[kStep];
  store(padded, l);
  for (int k = 0; k < count; k++) p[k] = padded[k];
}

// The parameters of one tile's columns, the sums gathered since the last flush, and the powers of the row at work.
struct alignas(64) Tile {
  float r[kColumns], g[kColumns], c[kColumns], sl[kColumns], m[kColumns], mostByR[kColumns], mostByG[kColumns];
  float dbeta[kColumns], dcoeff[kColumns];
  float ev[kColumns], eu[kColumns];
  // Of x - maxValue, where the unit clips.
  float evAbove[kColumns], euAbove[kColumns];
};

CTU_INLINE void repeat(Parameter parameter, int64_t first, int count, float *into) {
  int64_t at = first % parameter.size;
  for (int i = 0; i < count; i++) {
    into[i] = parameter.values[at];
    if (++at == parameter.size) at = 0;
  }
}

// Computed in float64. Columns beyond `columns` that share a vector with it repeat on: their lanes stay finite.
CTU_INLINE void prepare(Tile &tile, Parameter betas, Parameter coeffs, int64_t first, int columns) {
  float beta[kColumns], coeff[kColumns];
  const int count = (columns + kStep - 1) / kStep * kStep;
  repeat(betas, first, count, beta);
  repeat(coeffs, first, count, coeff);
  for (int i = 0; i < count; i++) {
    const double b = beta[i], c = coeff[i];
    const double s = 1.0 - b + CTU_EPSILON;
    const double r = CTU_LOG2E / s;
    tile.r[i] = (float)r;
    tile.g[i] = (float)(b * r);
    tile.c[i] = (float)c;
    tile.sl[i] = (float)(s * CTU_LN2 + 0.0 * c);
    tile.m[i] = (float)((1.0 - c) * s * CTU_LN2);
    tile.mostByR[i] = (float)(127.0 / r);
    // NaN, too, gives the largest float.
    tile.mostByG[i] = 127.0 / (b * r) < FLT_MAX ? (float)(127.0 / (b * r)) : FLT_MAX;
    tile.dbeta[i] = 0.0f;
    tile.dcoeff[i] = 0.0f;
  }
}

CTU_INLINE Parameters parametersAt(const Tile &t, int64_t i) {
  return {load(t.r + i), load(t.g + i),       load(t.c + i),      load(t.sl + i),
          load(t.m + i), load(t.mostByR + i), load(t.mostByG + i)};
}

// First half of the work on a step of columns.
CTU_INLINE void raise(Tile &tile, int64_t i, F x) {
  const Powers e = powers(x, parametersAt(tile, i));
  store(tile.ev + i, e.v);
  store(tile.eu + i, e.u);
}

// Likewise of a unit that may clip.
template <bool clips>
CTU_INLINE void raiseForm(Tile &tile, int64_t i, F x, Form form) {
  raise(tile, i, x);
  if (!clips) return;
  const Powers above = powers(x - form.maxValue, parametersAt(tile, i));
  store(tile.evAbove + i, above.v);
  store(tile.euAbove + i, above.u);
}

CTU_INLINE Powers powersAt(const Tile &tile, int64_t i) { return {load(tile.ev + i), load(tile.eu + i)}; }
CTU_INLINE Powers powersAbove(const Tile &tile, int64_t i) { return {load(tile.evAbove + i), load(tile.euAbove + i)}; }

// Second half.
template <Kind kind, bool clips>
CTU_INLINE F applyForm(Tile &tile, int64_t i, F x, F dy, Form form) {
  const Parameters of = parametersAt(tile, i);
  const Powers e = powersAt(tile, i), above = clips ? powersAbove(tile, i) : Powers{};
  if (kind == Kind::kValue) return formValue<clips>(x, e, above, of, form);
  if (kind == Kind::kSlope) return formSlope<clips>(x, dy, e, above, of, form);
  F dbeta = load(tile.dbeta + i), dcoeff = load(tile.dcoeff + i);
  const F dx = formSlopes<clips>(x, dy, e, above, of, form, dbeta, dcoeff);
  store(tile.dbeta + i, dbeta);
  store(tile.dcoeff + i, dcoeff);
  return dx;
}

// Columns of one row that do not fill a vector. With dy = 0 the empty lanes add nothing to the sums.
template <Kind kind, bool clips>
CTU_INLINE void applyTail(Tile &tile, int64_t i, int count, const float *x, const float *dy, float *result, Form form) {
  float xs[kStep] = {}, dys[kStep] = {}, results[kStep];
  for (int k = 0; k < count; k++) {
    xs[k] = x[k];
    if (kind != Kind::kValue) dys[k] = dy[k];
  }
  raiseForm<clips>(tile, i, load(xs), form);
  store(results, applyForm<kind, clips>(tile, i, load(xs), load(dys), form));
  for (int k = 0; k < count; k++) result[k] = results[k];
}

CTU_INLINE void flush(Tile &tile, int columns, double *dbeta, double *dcoeff) {
  for (int i = 0; i < columns; i++) {
    dbeta[i] += (double)tile.dbeta[i];
    dcoeff[i] -= (double)tile.dcoeff[i];
    tile.dbeta[i] = 0.0f;
    tile.dcoeff[i] = 0.0f;
  }
}

template <Kind kind, bool clips>
CTU_INLINE void run(Pass &pass, const Walk::Unit &unit) {
  const Form form = pass.form;
  Tile tile;
  const int columns = (int)unit.columns;
  prepare(tile, pass.beta, pass.coeff, unit.firstColumn, columns);
  double dbeta[kColumns], dcoeff[kColumns];
  if (kind == Kind::kSlopes)
    for (int i = 0; i < columns; i++) dbeta[i] = dcoeff[i] = 0.0;

  int rows = 0;
  for (int64_t row = unit.firstRow; row < unit.endRow; row++) {
    const int64_t start = row * pass.width() + unit.firstColumn;
    if (start >= pass.n) break;
    const int64_t count = pass.n - start < columns ? pass.n - start : columns;
    const float *x = pass.x + start;
    const float *dy = kind == Kind::kValue ? x : pass.dy + start;
    float *result = pass.result + start;
    int64_t i = 0;
    for (; i + kStep <= count; i += kStep) {
      raiseForm<clips>(tile, i, load(x + i), form);
      // Of the next row, which may be far away: the hardware's own prefetching does not follow from one to the other.
      for (int k = 0; k < kStep; k += kCacheLine) {
        __builtin_prefetch(x + i + k + pass.width());
        if (kind != Kind::kValue) __builtin_prefetch(dy + i + k + pass.width());
        __builtin_prefetch(result + i + k + pass.width(), 1);
      }
    }
    for (i = 0; i + kStep <= count; i += kStep)
      store(result + i, applyForm<kind, clips>(tile, i, load(x + i), load(dy + i), form));
    if (i < count) applyTail<kind, clips>(tile, i, (int)(count - i), x + i, dy + i, result + i, form);
    if (kind == Kind::kSlopes && ++rows == kRowsPerFlush) {
      flush(tile, columns, dbeta, dcoeff);
      rows = 0;
    }
  }
  if (kind == Kind::kSlopes) {
    flush(tile, columns, dbeta, dcoeff);
    pass.deposit(unit, dbeta, dcoeff);
  }
}

template <bool clips>
CTU_INLINE void runKind(Pass &pass, const Walk::Unit &unit) {
  switch (pass.kind) {
    case Kind::kValue:
      return run<Kind::kValue, clips>(pass, unit);
    case Kind::kSlope:
      return run<Kind::kSlope, clips>(pass, unit);
    case Kind::kSlopes:
      return run<Kind::kSlopes, clips>(pass, unit);
  }
}

static void runUnit(Pass &pass, const Walk::Unit &unit) {
  return pass.form.maxValue < __builtin_inff() ? runKind<true>(pass, unit) : runKind<false>(pass, unit);
}

#include "adamBody.h"
// Before its users.
#include "convolution/packedBody.h"
#include "convolution/convolutionBody.h"
#include "convolution/filterGradientBody.h"
#include "normalizeBody.h"
#include "poolBody.h"

#define CTU_STRING(text) #text
#define CTU_NAME(text) CTU_STRING(text)
extern const Isa isa;
const Isa isa = {CTU_NAME(CTU_ISA), runUnit, normalizeUnit, adamRange, poolChannels, convolveUnit, filterGradientUnit};

} // namespace CTU_ISA
} // namespace ctu
