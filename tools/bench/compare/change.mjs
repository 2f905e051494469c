// Whether one of two sides, timed in turns, is slower than the other by more than noise.

/** Fewer than this is no change that anybody need look at. */
const LEAST = 0.05;
/** What an interval around no change may leave room for. */
const ROOM = 0.15;
const RESAMPLES = 4000;
/** Of the interval. Whoever looks at many cases measures again what is found: see `confirm`. */
const COVERAGE = 0.99;

/**
 * @typedef {object} Change
 * @property {number} ratio Median over the rounds of now / before.
 * @property {[number, number]} interval Of that median, by bootstrap over the rounds.
 * @property {'slower' | 'faster' | 'same'} verdict Not `'same'` where the interval leaves 1 out and the ratio is
 *   further from it than 5 %.
 */

/**
 * Compares timings of the same rounds.
 *
 * @param {readonly number[]} now In ms, by round.
 * @param {readonly number[]} before Likewise.
 * @returns {Change}
 */
export function changeOf(now, before) {
  if (now.length !== before.length || now.length === 0)
    throw new RangeError(`changeOf: expected as many rounds of both sides, got ${now.length} and ${before.length}`);
  const ratios = now.map((ms, i) => ms / /** @type {number} */ (before[i]));
  const random = generator(now.length);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(ratios.map(() => /** @type {number} */ (ratios[Math.floor(random() * ratios.length)]))),
  ).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => /** @type {number} */ (medians[Math.round(share * (RESAMPLES - 1))]);
  const ratio = median(ratios);
  /** @type {[number, number]} */
  const interval = [at((1 - COVERAGE) / 2), at((1 + COVERAGE) / 2)];
  if (Math.abs(ratio - 1) < LEAST || (interval[0] <= 1 && interval[1] >= 1))
    return { ratio, interval, verdict: 'same' };
  return { ratio, interval, verdict: ratio > 1 ? 'slower' : 'faster' };
}

/**
 * Whether more rounds could say something else: a change that counts, or one that the interval leaves room for.
 *
 * @param {Change} change
 */
export function isDecided({ interval: [low, high], verdict }) {
  return verdict !== 'same' || (low > 1 - ROOM && high < 1 + ROOM);
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return /** @type {number} */ (sorted.length % 2 === 1 ? high : (Number(low) + Number(high)) / 2);
}

/**
 * Numbers in [0, 1), by a linear congruence modulo 2^32: good enough to draw rounds.
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
