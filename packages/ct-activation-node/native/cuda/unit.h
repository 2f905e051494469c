// The unit: ctuValue, ctuSlope and ctuSlopes, and the same of units with a form.

// y or dx in blocks of THREADS, as many as `stride` takes at four columns a thread; `stride` is a multiple of 4 and of
// the parameters' sizes, or not below n.
CTU_INLINE long long firstElement() { return 4 * (blockIdx.x * (long long)THREADS + threadIdx.x); }

extern "C" __global__ void __launch_bounds__(THREADS)
    ctuValue(const float *__restrict__ x, float *__restrict__ y, long long n, const float *__restrict__ beta,
             long long betas, const float *__restrict__ coeff, long long coeffs, long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  walk<false, true>(
      x, nullptr, y, n, i, stride, [&](int k, F x, F) { return value(x, columns.of[k]); }, nothing);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    ctuSlope(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx, long long n,
             const float *__restrict__ beta, long long betas, const float *__restrict__ coeff, long long coeffs,
             long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  walk<true, true>(
      x, dy, dx, n, i, stride, [&](int k, F x, F dy) { return slope(x, dy, columns.of[k]); }, nothing);
}

// dx, and sums over rows, from the tensor as a matrix of rows of `width` elements. width is a multiple of 4 and of the
// parameters' sizes. Grid and block as in sums.h.
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuSlopes(const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx, long long n,
              const float *__restrict__ beta, const float *__restrict__ coeff, long long width, long long columns,
              Terms dbetaTerms, Terms dcoeffTerms) {
  ColumnSums<2> sums;
  const long long column = firstColumn();
  if (column < columns) {
    const FourColumns parameters(column, beta, dbetaTerms.size, coeff, dcoeffTerms.size);
    walk<true, true>(
        x, dy, dx, n, firstRow() * width + column, rowsApart() * width,
        [&](int k, F x, F dy) { return slopes(x, dy, parameters.of[k], sums.now[0][k], sums.now[1][k]); },
        [&] { sums.rowDone(); });
  }
  const Terms terms[2] = {dbetaTerms, dcoeffTerms};
  sums.leave<true>(terms, columns);
}

// Of units with a form; whether it clips is the same for all threads.

CTU_INLINE bool doesClip(Form form) { return form.maxValue <= 3.4028234663852886e38f; }

template <bool clips>
CTU_INLINE Powers powersAbove(F x, const Parameters &of, Form form) {
  return clips ? powers(x - form.maxValue, of) : Powers{};
}

template <bool clips>
CTU_INLINE void walkFormValue(Form form, const float *x, float *y, long long n, long long i, long long stride,
                              const FourColumns &columns) {
  walk<false, true>(
      x, nullptr, y, n, i, stride,
      [&](int k, F x, F) {
        const Parameters &of = columns.of[k];
        return formValue<clips>(x, powers(x, of), powersAbove<clips>(x, of, form), of, form);
      },
      nothing);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuFormValue(Form form, const float *__restrict__ x, float *__restrict__ y, long long n,
                 const float *__restrict__ beta, long long betas, const float *__restrict__ coeff, long long coeffs,
                 long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  if (doesClip(form))
    walkFormValue<true>(form, x, y, n, i, stride, columns);
  else
    walkFormValue<false>(form, x, y, n, i, stride, columns);
}

template <bool clips>
CTU_INLINE void walkFormSlope(Form form, const float *x, const float *dy, float *dx, long long n, long long i,
                              long long stride, const FourColumns &columns) {
  walk<true, true>(
      x, dy, dx, n, i, stride,
      [&](int k, F x, F dy) {
        const Parameters &of = columns.of[k];
        return formSlope<clips>(x, dy, powers(x, of), powersAbove<clips>(x, of, form), of, form);
      },
      nothing);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    ctuFormSlope(Form form, const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                 long long n, const float *__restrict__ beta, long long betas, const float *__restrict__ coeff,
                 long long coeffs, long long stride) {
  const long long i = firstElement();
  if (i >= stride || i >= n) return;
  const FourColumns columns(i, beta, betas, coeff, coeffs);
  if (doesClip(form))
    walkFormSlope<true>(form, x, dy, dx, n, i, stride, columns);
  else
    walkFormSlope<false>(form, x, dy, dx, n, i, stride, columns);
}

template <bool clips>
CTU_INLINE void walkFormSlopes(Form form, const float *x, const float *dy, float *dx, long long n, long long i,
                               long long stride, const FourColumns &columns, ColumnSums<2> &sums) {
  walk<true, true>(
      x, dy, dx, n, i, stride,
      [&](int k, F x, F dy) {
        const Parameters &of = columns.of[k];
        return formSlopes<clips>(x, dy, powers(x, of), powersAbove<clips>(x, of, form), of, form, sums.now[0][k],
                                 sums.now[1][k]);
      },
      [&] { sums.rowDone(); });
}
extern "C" __global__ void __launch_bounds__(BLOCK_LANES *BLOCK_ROWS, BLOCKS_AT_ONCE)
    ctuFormSlopes(Form form, const float *__restrict__ x, const float *__restrict__ dy, float *__restrict__ dx,
                  long long n, const float *__restrict__ beta, const float *__restrict__ coeff, long long width,
                  long long columns, Terms dbetaTerms, Terms dcoeffTerms) {
  ColumnSums<2> sums;
  const long long column = firstColumn();
  if (column < columns) {
    const FourColumns parameters(column, beta, dbetaTerms.size, coeff, dcoeffTerms.size);
    const long long i = firstRow() * width + column, stride = rowsApart() * width;
    if (doesClip(form))
      walkFormSlopes<true>(form, x, dy, dx, n, i, stride, parameters, sums);
    else
      walkFormSlopes<false>(form, x, dy, dx, n, i, stride, parameters, sums);
  }
  const Terms terms[2] = {dbetaTerms, dcoeffTerms};
  sums.leave<true>(terms, columns);
}
