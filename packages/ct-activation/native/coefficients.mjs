// Prints the polynomial coefficients of ctu.c and of activation-node's arithmetic.h, and their errors: `node
// native/coefficients.mjs`. Remez's exchange algorithm in float64, the weights making the errors relative ones of 2^f
// and of log2(1 + e).

// 2^f = 1 + f·p(f) on [-1/2, 1/2].
report(
  '2^f',
  minimax(
    (f) => (f === 0 ? Math.LN2 : Math.expm1(f * Math.LN2) / f),
    (f) => Math.abs(f) / 2 ** f,
    -0.5,
    0.5,
    4,
  ),
);

// log2(1 + e) = z·p(z²), z = e / (2 + e), z² in [0, 1/9].
const atanhRatio = (/** @type {number} */ w) => (w === 0 ? 1 : Math.atanh(Math.sqrt(w)) / Math.sqrt(w));
report(
  'log2(1 + e)',
  minimax(
    (w) => (2 / Math.LN2) * atanhRatio(w),
    (w) => 1 / ((2 / Math.LN2) * atanhRatio(w)),
    0,
    1 / 9,
    3,
  ),
);

// log2(1 + e) = e·p(e), e in [0, 1]: longer, but without a division.
const logRatio = (/** @type {number} */ e) => (e === 0 ? 1 : Math.log1p(e) / e) / Math.LN2;
report(
  'log2(1 + e) without a division',
  minimax(logRatio, (e) => 1 / logRatio(e), 0, 1, 7),
);

/**
 * @param {string} name
 * @param {{ coefficients: number[], error: number }} polynomial
 */
function report(name, { coefficients, error }) {
  console.log(`${name}: relative error ${error.toExponential(1)}`);
  coefficients.forEach((c, power) => console.log(`  ${power}: ${c.toExponential(9)}`));
}

/**
 * The polynomial p of a degree that minimises max |weight·(f − p)| on [low, high].
 *
 * @param {(x: number) => number} f
 * @param {(x: number) => number} weight
 * @param {number} low
 * @param {number} high
 * @param {number} degree
 */
function minimax(f, weight, low, high, degree) {
  const grid = Array.from(
    { length: 20_001 },
    (_, i) => low + ((high - low) * (1 - Math.cos((Math.PI * i) / 20_000))) / 2,
  );
  const unknowns = degree + 2;
  let points = Array.from({ length: unknowns }, (_, i) => grid[Math.round((20_000 * (i + 0.5)) / unknowns)]);
  /** @type {number[]} */
  let coefficients = [];
  /** @type {number[]} */
  let errors = [];
  for (let iteration = 0; iteration < 40; iteration++) {
    // At the points the error alternates between +E and −E: linear in the coefficients and E.
    const powers = (/** @type {number} */ x) => Array.from({ length: degree + 1 }, (_, k) => x ** k);
    const solution = solve(
      points.map((x, i) => [...powers(x).map((p) => p * weight(x)), i % 2 === 0 ? 1 : -1]),
      points.map((x) => f(x) * weight(x)),
    );
    coefficients = solution.slice(0, -1);
    errors = grid.map((x) => weight(x) * (f(x) - coefficients.reduceRight((sum, c) => sum * x + c, 0)));
    const extrema = alternating(errors);
    while (extrema.length > unknowns)
      extrema.splice(Math.abs(errors[extrema[0]]) < Math.abs(errors[extrema[extrema.length - 1]]) ? 0 : -1, 1);
    if (extrema.length < unknowns) break;
    points = extrema.map((i) => grid[i]);
  }
  return { coefficients, error: Math.max(...errors.map(Math.abs)) };
}

/**
 * Where the errors are largest within each run of one sign.
 *
 * @param {number[]} errors
 */
function alternating(errors) {
  /** @type {number[]} */
  const extrema = [];
  let best = 0;
  errors.forEach((e, i) => {
    if (e !== 0 && Math.sign(e) !== Math.sign(errors[best])) {
      extrema.push(best);
      best = i;
    } else if (Math.abs(e) > Math.abs(errors[best])) best = i;
  });
  return [...extrema, best];
}

/**
 * Gaussian elimination with partial pivoting.
 *
 * @param {number[][]} matrix
 * @param {number[]} right
 */
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((_, i) => {
    const pivot = rows.slice(i).reduce((p, row, k) => (Math.abs(row[i]) > Math.abs(rows[p][i]) ? i + k : p), i);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    rows.slice(i + 1).forEach((row) => {
      const factor = row[i] / rows[i][i];
      rows[i].forEach((v, k) => (row[k] -= factor * v));
    });
  });
  /** @type {number[]} */
  const start = new Array(rows.length).fill(0);
  return rows.reduceRight((x, row, i) => {
    x[i] =
      (row[rows.length] - row.slice(0, rows.length).reduce((sum, v, k) => sum + (k > i ? v * x[k] : 0), 0)) / row[i];
    return x;
  }, start);
}
