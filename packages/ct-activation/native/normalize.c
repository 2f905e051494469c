// Batch normalisation in training with the unit behind it, and its gradient: `NormalizeBatch` of
// src/kernels/normalizeKernel.ts. Formulas: src/normalizeBatch.ts.
//
// Forward x is read twice, for the statistics and for the value; backward x and dy are read for the sums, which leaves
// g = dy * phi'(z) where dx will be, and x and g for dx.
#include "unit.h"

// Outside the loops over elements: half the size of the binary.
#define NOINLINE static __attribute__((noinline))

// What one group of WIDTH neighbours needs of its channels, and what it gathers: sums and products of the rows since
// the last flush.
typedef struct {
  Group unit;
  F mean;
  F factor;  // scale * r, r = 1 / sqrt(variance + epsilon)
  F offset;
  F sum;     // statistics: of x - mean; backward: of g
  F product; // statistics: of (x - mean)^2; backward: of g * (x - mean)
  F shift;   // mean(g)
  F slant;   // r^2 * mean(g * (x - mean))
} Column;

// Sums of a tile's columns in float64. Statistics: mean, and sum of squares about it.
typedef struct {
  double sum, product, dbeta, dcoeff;
} Sums;

typedef struct {
  u32 channels;
  const float *statistics, *scale, *offset;
  const float *beta, *coeff; // 0 where there is no unit
  double epsilon;
} Parameters;

typedef struct {
  Column tile[TILE];
  Sums columns[COLUMNS];
  F tail[3]; // x, dy and the result for the last n mod WIDTH elements
  Parameters of;
  Sums channels[];
} Scratch;

// The size of the scratch memory that the functions below want lent.
u32 EXPORT(normalize_scratch)(u32 channels) { return sizeof(Scratch) + 31 + sizeof(Sums) * channels; }

INLINE Scratch *aligned(Scratch *scratch) { return (Scratch *)(((u32)scratch + 31) & ~31u); }

// Adds a mean and a sum of squares over `count` entries to those over `have` (Chan's formula).
NOINLINE void merge(Sums *into, double have, double mean, double squares, double count) {
  double delta = mean - into->sum, all = have + count;
  into->sum += delta * (count / all);
  into->product += squares + delta * delta * (have * count / all);
}

// statistics[2 * channels]: means, then biased variances. Each block of ROWS rows has a mean of its own, about which it
// is summed again while the cache still has it: nothing cancels where means are large.
void EXPORT(normalize_statistics)(const float *x, u32 n, u32 channels, float *statistics, Scratch *scratch) {
  scratch = aligned(scratch);
  Column *tile = scratch->tile;
  Sums *columns = scratch->columns, *all = scratch->channels;
  u32 width = wholeGroups(channels), rows = n / width, rest = n % width;
  for (u32 k = 0; k < channels; k++) all[k].sum = all[k].product = all[k].dbeta = 0.0; // dbeta counts

  for (u32 first = 0; first < width; first += COLUMNS) {
    u32 count = width - first < COLUMNS ? width - first : COLUMNS, groups = count / WIDTH;
    for (u32 i = 0; i < count; i++) columns[i].sum = columns[i].product = 0.0;
    for (u32 row = 0; row < rows; row += ROWS) {
      u32 block = rows - row < ROWS ? rows - row : ROWS;
      const float *from = x + row * width + first;
      for (u32 g = 0; g < groups; g++) tile[g].mean = SPLAT(0.0f);
      for (u32 b = 0; b < block; b++)
        for (u32 g = 0; g < groups; g++) tile[g].mean += *(const Unaligned *)(from + b * width + g * WIDTH);
      for (u32 g = 0; g < groups; g++) {
        tile[g].mean = tile[g].mean / SPLAT((float)block);
        tile[g].sum = tile[g].product = SPLAT(0.0f);
      }
      for (u32 b = 0; b < block; b++)
        for (u32 g = 0; g < groups; g++) {
          F d = *(const Unaligned *)(from + b * width + g * WIDTH) - tile[g].mean;
          tile[g].sum += d;
          tile[g].product += d * d;
        }
      for (u32 i = 0; i < count; i++) {
        double s = (double)LANE(sum, i) / block;
        merge(&columns[i], row, LANE(mean, i) + s, (double)LANE(product, i) - s * s * block, block);
      }
    }
    u32 at = first % channels;
    for (u32 i = 0; i < count; i++) {
      double have = rows;
      if (first + i < rest) {
        merge(&columns[i], have, x[rows * width + first + i], 0.0, 1.0);
        have += 1.0;
      }
      if (have > 0.0) merge(&all[at], all[at].dbeta, columns[i].sum, columns[i].product, have);
      all[at].dbeta += have;
      if (++at == channels) at = 0;
    }
  }
  for (u32 k = 0; k < channels; k++) {
    statistics[k] = (float)all[k].sum;
    statistics[channels + k] = (float)(all[k].product / all[k].dbeta);
  }
}

NOINLINE double inverseDeviation(const Parameters *of, u32 channel) {
  return 1.0 / __builtin_sqrt((double)of->statistics[of->channels + channel] + of->epsilon);
}

// The parameters of columns first, first + 1, ...
NOINLINE void prepareColumns(Column *tile, u32 count, u32 first, const Parameters *of) {
  u32 at = first % of->channels;
  for (u32 i = 0; i < count; i++) {
    LANE(mean, i) = of->statistics[at];
    LANE(factor, i) = (float)(of->scale[at] * inverseDeviation(of, at));
    LANE(offset, i) = of->offset[at];
    LANE(sum, i) = LANE(product, i) = 0.0f;
    if (of->beta) prepareLane(&tile[i / WIDTH].unit, i % WIDTH, of->beta[at], of->coeff[at]);
    if (++at == of->channels) at = 0;
  }
}

enum { FORWARD, SUMS, SUMS_ALL, BACKWARD };

INLINE F apply(int what, int unit, F x, F dy, Column *of) {
  F d = x - of->mean;
  if (what == BACKWARD) return of->factor * ((dy - of->shift) - d * of->slant);
  F z = d * of->factor + of->offset;
  if (what == FORWARD) return unit ? value(z, &of->unit) : z;
  F g = unit ? slope(z, dy, &of->unit, what == SUMS_ALL) : dy;
  of->sum += g;
  of->product += g * d;
  return g;
}

NOINLINE void flushSums(Column *tile, Sums *columns, u32 count, int all) {
  for (u32 i = 0; i < count; i++) {
    columns[i].sum += (double)LANE(sum, i);
    columns[i].product += (double)LANE(product, i);
    LANE(sum, i) = LANE(product, i) = 0.0f;
    if (!all) continue;
    columns[i].dbeta += (double)LANE(unit.dbeta, i);
    columns[i].dcoeff -= (double)LANE(unit.dcoeff, i);
    LANE(unit.dbeta, i) = LANE(unit.dcoeff, i) = 0.0f;
  }
}

// The last elements of x and dy; with dy = 0 the empty lanes add nothing to the sums.
NOINLINE void fillTail(F *tail, const float *x, const float *dy, u32 count) {
  tail[0] = tail[1] = SPLAT(0.0f);
  for (u32 k = 0; k < count; k++) {
    ((float *)&tail[0])[k] = x[k];
    ((float *)&tail[1])[k] = dy[k];
  }
}

// One pass over x, walked as ctu.c walks it.
INLINE void pass(int what, int unit, const float *x, const float *dy, float *result, u32 n, Scratch *scratch) {
  const Parameters *of = &scratch->of;
  Column *tile = scratch->tile;
  Sums *columns = scratch->columns;
  int sums = what == SUMS || what == SUMS_ALL;
  u32 width = wholeGroups(of->channels);
  for (u32 first = 0; first < width && first < n; first += COLUMNS) {
    u32 count = width - first < COLUMNS ? width - first : COLUMNS;
    prepareColumns(tile, count, first, of);
    if (sums)
      for (u32 i = 0; i < count; i++) columns[i] = (Sums){0.0, 0.0, 0.0, 0.0};
    if (what == BACKWARD) {
      u32 at = first % of->channels;
      double entries = n / of->channels;
      for (u32 i = 0; i < count; i++) {
        double r = inverseDeviation(of, at);
        LANE(shift, i) = (float)(scratch->channels[at].sum / entries);
        LANE(slant, i) = (float)(r * r * scratch->channels[at].product / entries);
        if (++at == of->channels) at = 0;
      }
    }

    u32 rows = 0;
    for (u32 start = first; start < n; start += width) {
      u32 here = n - start < count ? n - start : count;
      const float *px = x + start, *pdy = dy + start;
      float *pr = result + start;
      Column *column = tile;
      for (u32 i = 0; i < here; i += WIDTH, column++) {
        const float *atX = px + i, *atDy = pdy + i;
        float *at = pr + i;
        int isTail = i + WIDTH > here;
        if (isTail) {
          fillTail(scratch->tail, atX, atDy, here - i);
          atX = (const float *)&scratch->tail[0];
          atDy = (const float *)&scratch->tail[1];
          at = (float *)&scratch->tail[2];
        }
        F r = apply(what, unit, *(const Unaligned *)atX, *(const Unaligned *)atDy, column);
        if (!sums || unit) *(Unaligned *)at = r;
        if (isTail && (!sums || unit))
          for (u32 k = i; k < here; k++) pr[k] = at[k - i];
      }
      if (sums && ++rows == ROWS) {
        flushSums(tile, columns, count, what == SUMS_ALL);
        rows = 0;
      }
    }

    if (sums) {
      flushSums(tile, columns, count, what == SUMS_ALL);
      u32 at = first % of->channels;
      for (u32 i = 0; i < count; i++) {
        Sums *into = &scratch->channels[at];
        into->sum += columns[i].sum;
        into->product += columns[i].product;
        into->dbeta += columns[i].dbeta;
        into->dcoeff += columns[i].dcoeff;
        if (++at == of->channels) at = 0;
      }
    }
  }
}

// y[n] from x[n] and the statistics; beta and coeff are 0 where there is no unit.
void EXPORT(normalize_value)(const float *x, float *y, u32 n, u32 channels, const float *statistics, const float *scale,
                             const float *offset, const float *beta, const float *coeff, double epsilon,
                             Scratch *scratch) {
  scratch = aligned(scratch);
  scratch->of = (Parameters){channels, statistics, scale, offset, beta, coeff, epsilon};
  if (beta) pass(FORWARD, 1, x, x, y, n, scratch);
  else pass(FORWARD, 0, x, x, y, n, scratch);
}

// dx[n], and where they are not 0 the gradients of the parameters, [channels] each.
void EXPORT(normalize_grad)(const float *x, const float *dy, float *dx, u32 n, u32 channels, const float *statistics,
                            const float *scale, const float *offset, const float *beta, const float *coeff,
                            double epsilon, float *dscale, float *doffset, float *dbeta, float *dcoeff,
                            Scratch *scratch) {
  scratch = aligned(scratch);
  scratch->of = (Parameters){channels, statistics, scale, offset, beta, coeff, epsilon};
  for (u32 k = 0; k < channels; k++) scratch->channels[k] = (Sums){0.0, 0.0, 0.0, 0.0};
  if (!beta) pass(SUMS, 0, x, dy, dx, n, scratch);
  else if (dbeta) pass(SUMS_ALL, 1, x, dy, dx, n, scratch);
  else pass(SUMS, 1, x, dy, dx, n, scratch);
  pass(BACKWARD, 0, x, beta ? dx : dy, dx, n, scratch);
  for (u32 k = 0; k < channels; k++) {
    const Sums *of = &scratch->channels[k];
    if (dscale) {
      dscale[k] = (float)(of->product * inverseDeviation(&scratch->of, k));
      doffset[k] = (float)of->sum;
    }
    if (dbeta) {
      dbeta[k] = (float)of->dbeta;
      dcoeff[k] = (float)of->dcoeff;
    }
  }
}
