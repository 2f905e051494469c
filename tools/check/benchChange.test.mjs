// What `npm run bench` calls a change: noise is none, a fifth more time is one.
import { expect, it } from 'vitest';
import { changeOf, isDecided, median } from '../bench/compare/change.mjs';
import { confirm } from '../bench/compare/confirm.mjs';
import { page } from '../bench/compare/report.mjs';

/**
 * Timings that vary by a share, with now and then one that was disturbed; by splitmix32, so that seeds next to each
 * other have nothing in common.
 *
 * @param {number} seed
 * @param {{ ms?: number, noise?: number }} options
 */
function timings(seed, { ms = 10, noise = 0.06 } = {}) {
  let state = seed;
  const random = () => {
    state = (state + 0x9e3779b9) | 0;
    const once = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
    return ((twice ^ (twice >>> 15)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length: 21 }, () => ms * (1 + noise * (2 * random() - 1)) * (random() < 0.1 ? 2 : 1));
}
const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

it('finds no change among 200 pairs of runs of the same code, with 6 % of noise and every tenth run disturbed', () => {
  const verdicts = SEEDS.map((seed) => changeOf(timings(seed), timings(1000 + seed)).verdict);
  expect(verdicts.filter((verdict) => verdict !== 'same')).toEqual([]);
});

it('finds 20 % more time, and 20 % less, in at least 190 of 200', () => {
  for (const [factor, expected] of /** @type {const} */ ([
    [1.2, 'slower'],
    [0.8, 'faster'],
  ])) {
    const verdicts = SEEDS.map((seed) => changeOf(timings(seed, { ms: 10 * factor }), timings(1000 + seed)).verdict);
    expect(verdicts.filter((verdict) => verdict === expected).length).toBeGreaterThanOrEqual(190);
    const opposite = expected === 'slower' ? 'faster' : 'slower';
    expect(verdicts).not.toContain(opposite);
  }
});

it('wants more rounds where noise leaves room for a change, and none where there is one or none', () => {
  const now = timings(1, { noise: 0.6 });
  expect(isDecided(changeOf(now, timings(2, { noise: 0.6 })))).toBe(false);
  expect(isDecided(changeOf(timings(1), timings(2)))).toBe(true);
  expect(isDecided(changeOf(timings(1, { ms: 20 }), timings(2)))).toBe(true);
});

it('takes the median, and refuses rounds that are not of both', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => changeOf([1, 2], [1])).toThrow('expected as many rounds of both sides, got 2 and 1');
});

/**
 * Two processes that differ by up to 15 % as long as they run, the second of code that takes `factor` times as long.
 *
 * @param {number} seed
 * @param {number} factor
 * @param {number} pair
 */
function processes(seed, factor, pair) {
  const side = (/** @type {number} */ which) => {
    const own = Math.imul(3 * seed + which, 2654435761) + Math.imul(pair + 1, 40503);
    const [by] = timings(own, { ms: 10, noise: 0.15 });
    return timings(own + 1, { ms: Math.min(11.5, Number(by)) * (which === 0 ? factor : 1) });
  };
  return [{ name: 'one', backend: 'cpu', change: changeOf(side(0), side(1)) }];
}

it('where processes differ by up to 15 %, finds no change of the same code in 59 of 60, and 50 % in 54', async () => {
  for (const [factor, expected, least] of /** @type {const} */ ([
    [1, 'same', 59],
    [1.5, 'slower', 54],
  ])) {
    const verdicts = await Promise.all(
      SEEDS.slice(0, 60).map(async (seed) => {
        const again = (/** @type {readonly string[]} */ _names, /** @type {number} */ pair) =>
          Promise.resolve(processes(seed, factor, pair));
        const [one] = await confirm(processes(seed, factor, 0), again);
        return one?.change?.verdict;
      }),
    );
    expect(verdicts.filter((verdict) => verdict === expected).length).toBeGreaterThanOrEqual(least);
  }
});

it('measures again only what changed, until a pair disagrees', async () => {
  const of = (/** @type {string} */ name, /** @type {number} */ ms) => ({
    name,
    backend: 'cpu',
    change: changeOf(timings(1, { ms }), timings(2)),
  });
  /** @type {(readonly string[])[]} */
  const asked = [];
  const confirmed = await confirm([of('a', 20), of('b', 10), of('c', 20)], (names, pair) => {
    asked.push(names);
    return Promise.resolve([of('a', 20), of('c', pair < 2 ? 20 : 10)]);
  });
  expect(confirmed.map(({ change }) => change?.verdict)).toEqual(['slower', 'same', 'same']);
  expect(asked).toEqual([['a', 'c'], ['a', 'c'], ['a'], ['a'], ['a']]);
});

it('reports every case, what was skipped with its reason, and text as text', () => {
  const change = changeOf(timings(1, { ms: 20 }), timings(2));
  const html = page({
    date: '2026-01-01',
    commit: 'abc',
    baseline: 'def',
    command: 'npm run bench',
    machine: { processor: 'a < b' },
    packages: {
      'ct-x': [
        { name: 'one', backend: 'cpu', ms: 20, before: 10, change },
        { name: 'two', backend: 'tensorflow', skipped: 'no library & no reason' },
      ],
    },
  });
  expect(html).toContain(
    '2 cases: 1 slower than the baseline, 0 faster, beyond noise. 1 skipped, each with its reason.',
  );
  expect(html).toContain('a &lt; b');
  expect(html).toContain('no library &amp; no reason');
  expect(html).toContain('class="slower">slower');
});
