import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EpochRecord } from '../epochRecord.js';
import type { FitProgress } from './fitOptions.js';
import { FitReporter } from './progress.js';
import type { Standing } from './snapshot.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const nothing: Standing = { history: [], best: undefined };
const record = (epoch: number, seconds: number): EpochRecord => ({
  epoch,
  loss: 1,
  accuracy: 1,
  validationLoss: 1,
  validationAccuracy: 1,
  seconds,
});

function reporter(expected: { epochs?: number; steps?: number | null; resumed?: number } = {}): {
  made: FitReporter;
  heard: FitProgress[];
} {
  const heard: FitProgress[] = [];
  const onProgress = (progress: FitProgress): void => void heard.push(progress);
  return { made: new FitReporter({ epochs: 3, steps: 4, resumed: 0, ...expected, onProgress }), heard };
}

/** Runs an epoch of steps of a second each, and a validation of two. */
function epochOf({ made }: { made: FitReporter }, epoch: number, steps: number): void {
  made.epochBegin(nothing, epoch);
  for (let step = 0; step < steps; step++) {
    vi.advanceTimersByTime(1000);
    made.stepDone(nothing, 0.5);
  }
  vi.advanceTimersByTime(2000);
  made.epochDone(nothing, record(epoch, steps + 2));
}

it('begins at 0 of all, estimates from steps in the first epoch, from whole epochs behind it, and ends at 0', () => {
  const run = reporter();
  [0, 1, 2].forEach((epoch) => epochOf(run, epoch, 4));
  run.made.end(nothing);
  expect(run.heard.map(({ done, total }) => [done, total])).toEqual(
    [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12].map((done) => [done, 12]),
  );
  // Twelve steps of a second; then epochs of six.
  expect(run.heard.map(({ secondsLeft }) => secondsLeft)).toEqual([
    null,
    11,
    10,
    9,
    8,
    12,
    11,
    10,
    9,
    8,
    6,
    5,
    4,
    3,
    2,
    0,
  ]);
  expect(run.heard[0]!.loss).toBeUndefined();
  expect(run.heard.at(-1)).toMatchObject({ phase: 'train', loss: 0.5, epochRecord: record(2, 6) });
});

it('counts a run that goes on from where the other stopped', () => {
  const run = reporter({ resumed: 2 });
  epochOf(run, 2, 4);
  expect(run.heard[0]).toMatchObject({ done: 8, total: 12, epoch: 2 });
  expect(run.heard.at(-1)).toMatchObject({ done: 12, total: 12, secondsLeft: 0 });
});

it('learns from the first epoch how many steps a stream has, whatever was said of it', () => {
  for (const steps of [null, 2, 9]) {
    const run = reporter({ steps });
    [0, 1, 2].forEach((epoch) => epochOf(run, epoch, 3));
    expect(run.heard.at(-1)).toMatchObject({ done: 9, total: 9, secondsLeft: 0 });
    run.heard.forEach(({ done, total }) => expect(done).toBeLessThanOrEqual(total ?? Infinity));
  }
});

it('ends at what was done where it stops early', () => {
  const run = reporter();
  epochOf(run, 0, 4);
  run.made.end(nothing);
  expect(run.heard.at(-1)).toMatchObject({ done: 4, total: 4, secondsLeft: 0 });
});

it('tells that it goes on, but not right behind a step', () => {
  const run = reporter();
  run.made.epochBegin(nothing, 0);
  const before = run.heard.length;
  run.made.beat(nothing);
  expect(run.heard.length).toBe(before);
  vi.advanceTimersByTime(200);
  run.made.beat(nothing);
  expect(run.heard.length).toBe(before + 1);
});
