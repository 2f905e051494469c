// The Curvature Tuning activation and its gradient for WebAssembly, working in place in the memory of tfjs. The
// arithmetic is unit.h.
#include "unit.h"

// Scratch memory: one tile, its sums in float64, then the sums for every element of beta and of coeff.
typedef struct {
  Group tile[TILE];
  double dbeta[COLUMNS];
  double dcoeff[COLUMNS];
  F tail[3]; // x, dy and the result for the last n mod WIDTH elements
  double sums[];
} Scratch;

// The size of the scratch memory that the functions below want lent.
u32 EXPORT(scratch_bytes)(u32 betas, u32 coeffs) { return sizeof(Scratch) + 31 + 8 * (betas + coeffs); }

INLINE void flush(Group *tile, Scratch *scratch, u32 count) {
  for (u32 i = 0; i < count; i++) {
    scratch->dbeta[i] += (double)LANE(dbeta, i);
    scratch->dcoeff[i] -= (double)LANE(dcoeff, i);
    LANE(dbeta, i) = 0.0f;
    LANE(dcoeff, i) = 0.0f;
  }
}

// The parameters of elements first, first + 1, ...
INLINE void prepare(Group *tile, u32 count, u32 first, Parameter beta, Parameter coeff) {
  u32 ib = first % beta.size, ic = first % coeff.size;
  for (u32 i = 0; i < count; i++) {
    prepareLane(&tile[i / WIDTH], i % WIDTH, beta.of[ib], coeff.of[ic]);
    if (++ib == beta.size) ib = 0;
    if (++ic == coeff.size) ic = 0;
  }
}

enum { VALUE, DX, ALL };

// Walks x as a matrix whose rows hold one period of the parameters, or as many as make rows of whole groups (8 * 3
// for 3 channels): tile by tile of columns, each row after row. So parameters load as vectors and every access is
// contiguous whatever the number of channels is. Scalars take the same path, at the same speed to 1 %.
INLINE void run(int what, Form form, const float *x, const float *dy, float *result, u32 n, Parameter beta,
                Parameter coeff, float *dbeta, float *dcoeff, Scratch *scratch) {
  scratch = (Scratch *)(((u32)scratch + 31) & ~31u);
  Group *tile = scratch->tile;
  double *dbetas = scratch->sums, *dcoeffs = scratch->sums + beta.size;
  if (what == ALL)
    for (u32 i = 0; i < beta.size + coeff.size; i++) scratch->sums[i] = 0.0;

  // The longer parameter is a multiple of the shorter.
  u32 period = beta.size > coeff.size ? beta.size : coeff.size;
  u32 width = wholeGroups(period);

  for (u32 first = 0; first < width && first < n; first += COLUMNS) {
    u32 columns = width - first < COLUMNS ? width - first : COLUMNS;
    prepare(tile, columns, first, beta, coeff);
    int near = form.m < INFINITE;
    for (u32 i = 0; i < columns; i++) near &= isNear(form.m, LANE(g, i));
    if (what == ALL)
      for (u32 i = 0; i < columns; i++) scratch->dbeta[i] = scratch->dcoeff[i] = 0.0;

    u32 rows = 0;
    for (u32 start = first; start < n; start += width) {
      u32 count = n - start < columns ? n - start : columns;
      const float *px = x + start, *pdy = dy + start;
      float *pr = result + start;
      Group *group = tile;
      u32 i = 0;
      for (; i + WIDTH <= count; i += WIDTH, group++) {
        F xi = *(const Unaligned *)(px + i);
        *(Unaligned *)(pr + i) =
            what == VALUE ? formValue(xi, form, near, group)
                          : formSlope(xi, *(const Unaligned *)(pdy + i), form, near, group, what == ALL);
      }
      if (WIDTH > 1 && i < count) {
        F *tail = scratch->tail;
        tail[0] = tail[1] = SPLAT(0.0f);
        for (u32 k = i; k < count; k++) {
          ((float *)&tail[0])[k - i] = px[k];
          if (what != VALUE) ((float *)&tail[1])[k - i] = pdy[k];
        }
        tail[2] = what == VALUE ? formValue(tail[0], form, near, group)
                                : formSlope(tail[0], tail[1], form, near, group, what == ALL);
        for (u32 k = i; k < count; k++) pr[k] = ((float *)&tail[2])[k - i];
      }
      if (what == ALL && ++rows == ROWS) {
        flush(tile, scratch, columns);
        rows = 0;
      }
    }

    if (what == ALL) {
      flush(tile, scratch, columns);
      u32 ib = first % beta.size, ic = first % coeff.size;
      for (u32 i = 0; i < columns; i++) {
        dbetas[ib] += scratch->dbeta[i];
        dcoeffs[ic] += scratch->dcoeff[i];
        if (++ib == beta.size) ib = 0;
        if (++ic == coeff.size) ic = 0;
      }
    }
  }

  if (what == ALL) {
    for (u32 i = 0; i < beta.size; i++) dbeta[i] = (float)dbetas[i];
    for (u32 i = 0; i < coeff.size; i++) dcoeff[i] = (float)dcoeffs[i];
  }
}

INLINE Form formOf(float m, float alpha) { return (Form){m, alpha, 1.0f - alpha}; }

// y[n] from x[n]. Element i belongs to beta[i mod betas] and coeff[i mod coeffs].
void EXPORT(ctu)(const float *x, float *y, u32 n, const float *beta, u32 betas, const float *coeff, u32 coeffs, float m,
                 float alpha, Scratch *scratch) {
  Parameter b = {beta, betas}, c = {coeff, coeffs};
  Form form = formOf(m, alpha);
  // Without branches in its loop phi takes a fifth less.
  if (form.m == INFINITE && form.alpha == 0.0f)
    run(VALUE, formOf(INFINITE, 0.0f), x, x, y, n, b, c, 0, 0, scratch);
  else
    run(VALUE, form, x, x, y, n, b, c, 0, 0, scratch);
}

// dx[n] alone.
void EXPORT(ctu_dx)(const float *x, const float *dy, float *dx, u32 n, const float *beta, u32 betas, const float *coeff,
                    u32 coeffs, float m, float alpha, Scratch *scratch) {
  run(DX, formOf(m, alpha), x, dy, dx, n, (Parameter){beta, betas}, (Parameter){coeff, coeffs}, 0, 0, scratch);
}

// dx[n], dbeta[betas] and dcoeff[coeffs] in one pass.
void EXPORT(ctu_grad)(const float *x, const float *dy, float *dx, u32 n, const float *beta, u32 betas,
                      const float *coeff, u32 coeffs, float m, float alpha, float *dbeta, float *dcoeff,
                      Scratch *scratch) {
  run(ALL, formOf(m, alpha), x, dy, dx, n, (Parameter){beta, betas}, (Parameter){coeff, coeffs}, dbeta, dcoeff,
      scratch);
}
