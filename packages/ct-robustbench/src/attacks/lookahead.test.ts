import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Lookahead } from './lookahead.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Makes passes that take `milliseconds(ahead)`; returns how many queries ahead each looked. */
function passes(lookahead: Lookahead, count: number, milliseconds: (ahead: number) => number): number[] {
  return Array.from({ length: count }, () => {
    const ahead = lookahead.begin();
    vi.advanceTimersByTime(milliseconds(ahead));
    lookahead.end(ahead);
    return ahead;
  });
}

it('begins at one, and settles at the most where a pass costs the same whatever it holds', () => {
  const seen = passes(new Lookahead(16), 200, () => 10);
  expect(seen.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(Math.max(...seen)).toBe(16);
  expect(seen.filter((ahead) => ahead === 16).length).toBeGreaterThan(100);
});

it('stays at one where looking ahead costs more than it gets done', () => {
  const seen = passes(new Lookahead(16), 200, (ahead) => 10 * ahead ** 2);
  expect(Math.max(...seen)).toBe(2);
  expect(seen.filter((ahead) => ahead === 1).length).toBeGreaterThan(170);
});

it('finds the best in between: four of sixteen, where each pass costs 10 ms and each query over four 20', () => {
  const seen = passes(new Lookahead(16), 400, (ahead) => 10 + 20 * Math.max(0, ahead - 4));
  const counts = [1, 2, 4, 8, 16].map((ahead) => seen.filter((one) => one === ahead).length);
  expect(counts.indexOf(Math.max(...counts))).toBe(2);
});

it('forgets what it measured long ago, and adapts', () => {
  const lookahead = new Lookahead(8);
  passes(lookahead, 300, () => 10);
  const later = passes(lookahead, 600, (ahead) => 10 * ahead ** 2);
  expect(later.slice(-100).filter((ahead) => ahead <= 2).length).toBe(100);
});

it('tries nothing beyond the most', () => {
  expect(new Set(passes(new Lookahead(1), 100, () => 1))).toEqual(new Set([1]));
});
