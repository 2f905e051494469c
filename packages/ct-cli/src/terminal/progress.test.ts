import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { partOf, Progress } from './progress.js';

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (lines.push(String(text)), true));
  Object.defineProperty(process.stderr, 'isTTY', { configurable: true, value: false });
});
afterEach(() => vi.restoreAllMocks());

it('says where it is at each eighth, and at the end', () => {
  const progress = new Progress(16);
  progress.label('tuning');
  for (let i = 0; i < 16; i++) progress.advance();
  const said = lines.join('').trim().split('\n');
  expect(said).toHaveLength(8);
  expect(said[0]).toContain('2/16 (');
  expect(said.at(-1)).toMatch(/16\/16 \(0 s left\): tuning/);
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
