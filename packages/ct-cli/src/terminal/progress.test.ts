import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { partOf, Progress } from './progress.js';

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (lines.push(String(text)), true));
  Object.defineProperty(process.stderr, 'isTTY', { configurable: true, value: false });
});
afterEach(() => vi.restoreAllMocks());

it('says where it is at once, at each eighth, and at the end', () => {
  const progress = new Progress(16);
  progress.label('tuning');
  expect(lines).toEqual(['0/16 (? left): tuning\n']);
  lines = [];
  for (let i = 0; i < 16; i++) progress.advance();
  const said = lines.join('').trim().split('\n');
  expect(said).toHaveLength(8);
  expect(said[0]).toContain('2/16 (');
  expect(said.at(-1)).toMatch(/16\/16 \(0 s left\): tuning/);
});

it('says where it is after a silence of 15 seconds, as soon as it hears of anything', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const progress = new Progress(4);
    progress.label('step 1');
    vi.advanceTimersByTime(14_000);
    progress.label('step 2');
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    progress.label('step 3');
    progress.label('step 4');
    expect(lines.slice(1)).toEqual(['0/4 (? left): step 3\n']);
  } finally {
    vi.useRealTimers();
  }
});

it('learns later how many units there are', () => {
  const progress = new Progress(1);
  progress.label('reading');
  progress.expect(4);
  progress.reach(2);
  expect(lines.map((line) => line.slice(0, 4))).toEqual(['0/1 ', '2/4 ']);
});

it('never goes back, and does not say a thing twice', () => {
  const progress = new Progress(8);
  progress.reach(4);
  progress.reach(3);
  progress.reach(4);
  expect(lines).toHaveLength(1);
});

it('shows control characters of a label as escapes', () => {
  const progress = new Progress(1);
  progress.label('a\u001b[31m');
  progress.advance();
  expect(lines.join('')).not.toContain('\u001b[31m');
});

it('a part of a unit is below one, until the unit is heard to be done', () => {
  expect(partOf({ done: 3, total: 4 })).toBe(0.75);
  expect(partOf({ done: 4, total: 4 })).toBe(0.99);
  expect(partOf({ done: 4, total: null })).toBe(0);
  expect(partOf(undefined)).toBe(0);
});
