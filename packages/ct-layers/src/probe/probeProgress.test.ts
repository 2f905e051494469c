import type { Progress } from '@curvature-tuning/checks';
import { afterEach, expect, it, vi } from 'vitest';
import { ProbeProgress } from './probeProgress.js';

afterEach(() => void vi.useRealTimers());

function counted(): { progress: ProbeProgress; heard: Progress[] } {
  const heard: Progress[] = [];
  return { progress: new ProbeProgress('probe', (one) => heard.push(one)), heard };
}

it('tells at once that it began, and counts what is read without knowing how much there is', () => {
  const { progress, heard } = counted();
  expect(heard).toEqual([{ phase: 'probe', done: 0, total: null, secondsLeft: null }]);
  progress.count(64);
  expect(heard[1]).toEqual({ phase: 'probe', done: 64, total: null, secondsLeft: null });
});

it('estimates from the pace since the plan: 5 s for 50 of 200 are 15 s for the rest, however long reading took', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { progress, heard } = counted();
  vi.advanceTimersByTime(60_000);
  progress.count(10);
  progress.plan(200);
  vi.advanceTimersByTime(5000);
  progress.count(50);
  expect(heard.at(-1)).toEqual({ phase: 'probe', done: 60, total: 210, secondsLeft: 15 });
  // A better plan changes what is left, not the pace.
  progress.plan(20);
  progress.count();
  expect(heard.at(-1)).toMatchObject({ done: 60, total: 80, secondsLeft: 2 });
  progress.planMore(10);
  progress.count();
  expect(heard.at(-1)).toMatchObject({ done: 60, total: 90, secondsLeft: 3 });
});

it('grows with what turns out longer than planned, and ends at what was done', () => {
  const { progress, heard } = counted();
  progress.plan(5);
  progress.count(8);
  expect(heard.at(-1)).toMatchObject({ done: 8, total: 8 });
  progress.plan(100);
  progress.finish();
  expect(heard.at(-1)).toMatchObject({ done: 8, total: 8, secondsLeft: 0 });
});
